import type { FastifyRequest } from 'fastify';
import { type core, type ZodType, z } from 'zod';
import { type FieldError, ProblemError } from '#libs/errors';

type Issue = core.$ZodIssue;

/** The name of the whole body, if no field of it can be named. */
const BODY = 'body';

const RULE_OF_CODE: Partial<Record<Issue['code'], string>> = {
  too_small: 'minimum',
  too_big: 'maximum',
  invalid_format: 'pattern',
  invalid_value: 'one_of',
};

/** Every broken rule of every field. The issues must have been reported with their input. */
export function fieldErrorsOf(issues: readonly Issue[]): FieldError[] {
  return issues.flatMap(toFieldErrors);
}

function toFieldErrors(issue: Issue): FieldError[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map(unknownField);
  const field = issue.path.join('.') || BODY;
  if (issue.code === 'invalid_type') return [{ field, ...wrongType(issue) }];
  const ofItsOwn = issue.code === 'custom' ? issue.params?.['rule'] : undefined;
  return [{ field, rule: String(ofItsOwn ?? RULE_OF_CODE[issue.code] ?? 'valid'), message: issue.message }];
}

function unknownField(field: string): FieldError {
  return { field, rule: 'unknown_field', message: 'is not a field that can be given' };
}

function wrongType({ expected, input }: core.$ZodIssueInvalidType): Omit<FieldError, 'field'> {
  if (input === undefined) return { rule: 'required', message: 'must be given' };
  // NaN stands for a number with more digits than a double holds (see bodies.ts).
  if (Number.isNaN(input)) return { rule: 'precision', message: 'has more digits than can be kept exactly' };
  return { rule: 'type', message: `must be ${withArticle(expected)}, not ${withArticle(typeName(input))}` };
}

function typeName(input: unknown): string {
  if (input === null) return 'null';
  return Array.isArray(input) ? 'array' : typeof input;
}

function withArticle(type: string): string {
  if (type === 'null') return type;
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

/**
 * Validates input, and reports all its errors.
 *
 * @param more errors that were found elsewhere
 * @throws ProblemError `REQUEST_INVALID` naming each field and the rule that it breaks
 */
export function validate<T>(schema: ZodType<T>, input: unknown, more: readonly FieldError[] = []): T {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success && more.length === 0) return parsed.data;
  throw invalidFields([...fieldErrorsOf(parsed.error?.issues ?? []), ...more]);
}

const COUNT = /^[1-9]\d*$/;

/** The `limit` of a query: a whole number from 1 to a maximum, written plainly. */
export function limitParameter(maximum: number, fallback: number) {
  return z
    .string()
    .refine((text) => COUNT.test(text) && Number(text) <= maximum, {
      message: `must be a whole number from 1 to ${maximum}`,
      params: { rule: 'range' },
    })
    .transform(Number)
    .default(fallback);
}

/** More are of no use: a body can have thousands of unknown fields. */
const MAX_ERRORS = 100;

/** The problem of a request whose fields break rules: the first 100 of them. */
export function invalidFields(all: readonly FieldError[]): ProblemError {
  const errors = all.slice(0, MAX_ERRORS);
  const fields = [...new Set(errors.map(({ field }) => field))];
  return new ProblemError('REQUEST_INVALID', { detail: `Not valid: ${shown(fields)}.`, errors });
}

/** A name of a field may come from the client, as long and as odd as it likes. */
function shown(fields: readonly string[]): string {
  return fields.every((field) => /^[\w.-]{1,64}$/.test(field)) ? fields.join(', ') : 'the request';
}

const HEADER = 'Idempotency-Key';
const BARE = /^[\x21\x23-\x7e][\x21-\x7e]{0,254}$/;
/** A string of structured fields (RFC 9651 §3.3.3). */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/;
const MAX_LENGTH = 255;

/** Both as JSON Schema. */
export const idempotencyKeySchema = {
  type: 'string',
  pattern: '^(?:[!#-~][!-~]{0,254}|"(?:[ !#-\\[\\]-~]|\\\\["\\\\]){1,255}")$',
} as const;

/**
 * The key under which a client can safely send a request again (draft-ietf-httpapi-idempotency-key-header): a string in
 * quotes, as there, or bare, as most clients send it.
 *
 * @returns null if there is none
 * @throws ProblemError `REQUEST_INVALID` if it is neither
 */
export function idempotencyKeyOf({ headers }: FastifyRequest): string | null {
  const value = headers['idempotency-key'];
  if (value === undefined) return null;
  const text = String(value).trim();
  if (BARE.test(text)) return text;
  const key = QUOTED.exec(text)?.[1]?.replace(/\\(.)/g, '$1');
  if (key !== undefined && key.length <= MAX_LENGTH) return key;
  throw invalidFields([
    {
      field: HEADER,
      rule: 'syntax',
      message:
        'must be 1 to 255 visible ASCII characters, or 1 to 255 ASCII characters as a string in quotes',
    },
  ]);
}
