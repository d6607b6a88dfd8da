import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import secureJson from 'secure-json-parse';
import { type core, type ZodType, z } from 'zod';
import { type FieldError, ProblemError } from '#libs/errors';

const ZERO = 0x30;

/**
 * The significant digits and the power of ten of the last of them: `1.10`, `11e-1` and `1.1` are the same.
 *
 * One pass over the text, without a regular expression: `/0+$/` starts again at every zero, and a body of 64 KiB
 * blocked the process for seconds.
 *
 * @param text a number of JSON, or one as JavaScript writes it
 */
function significant(text: string): string {
  const start = text.startsWith('-') ? 1 : 0;
  const exponentAt = text.search(/[eE]/);
  const mantissa = text.slice(start, exponentAt === -1 ? undefined : exponentAt);
  const exponent = exponentAt === -1 ? 0 : Number(text.slice(exponentAt + 1));
  const point = mantissa.indexOf('.');
  const fractionDigits = point === -1 ? 0 : mantissa.length - point - 1;
  const digits = point === -1 ? mantissa : mantissa.slice(0, point) + mantissa.slice(point + 1);

  let first = 0;
  while (digits.charCodeAt(first) === ZERO) first += 1;
  if (first === digits.length) return '0';
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === ZERO) end -= 1;
  return `${digits.slice(first, end)}e${exponent - fractionDigits + digits.length - end}`;
}

/**
 * Whether a number equals its text, digit by digit. JSON.parse silently rounds `9999999.990000000001` to 9999999.99,
 * which the sender did not mean.
 */
export function isExact(value: number, text: string): boolean {
  // Most are written as JavaScript writes them.
  const written = String(value);
  return Number.isFinite(value) && (written === text || significant(written) === significant(text));
}

/** Invalid bytes are an error: their meaning is unknown. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A number of up to 15 digits without an exponent is not rounded (IEEE 754): a body without any other needs no look at each value.
 * A text in it that looks like one costs that look, and nothing else.
 */
const MAY_BE_ROUNDED = /[\d.]{16}|\d[eE]/;

/** A number that would be rounded becomes NaN, which no JSON can hold and every rule refuses. */
function reviveExactly(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const { source } = context ?? {};
  if (typeof value !== 'number' || source === undefined) return value;
  return isExact(value, source) ? value : Number.NaN;
}

/**
 * Parses a body of JSON (RFC 8259) in UTF-8. Keys that would reach an object's prototype are refused.
 *
 * @returns undefined for a body without a byte
 * @throws ProblemError `REQUEST_INVALID` if it cannot be parsed
 */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.byteLength === 0) return undefined;
  try {
    const text = UTF_8.decode(bytes);
    return MAY_BE_ROUNDED.test(text) ? secureJson.parse(text, reviveExactly) : secureJson.parse(text);
  } catch (cause) {
    throw new ProblemError('REQUEST_INVALID', {
      detail: 'The body cannot be read as JSON.',
      errors: [{ field: 'body', rule: 'json', message: 'must be JSON (RFC 8259) in UTF-8' }],
      cause,
    });
  }
}

export const JSON_MEDIA_TYPE = 'application/json';
/** RFC 7396. */
export const MERGE_PATCH_MEDIA_TYPE = 'application/merge-patch+json';

const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i;

/** The media type of a body, without its parameters and in lower case (RFC 9110 §8.3.1). */
function mediaTypeOf({ 'content-type': contentType = '' }: IncomingHttpHeaders): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

function unsupportedMediaType(detail: string): ProblemError {
  return new ProblemError('MEDIA_TYPE_UNSUPPORTED', { detail });
}

/** @throws ProblemError `MEDIA_TYPE_UNSUPPORTED` for a body that is compressed, or in another charset than UTF-8 */
function checkEncoding(headers: IncomingHttpHeaders): void {
  const { 'content-encoding': encoding = 'identity', 'content-type': contentType = '' } = headers;
  if (encoding.trim().toLowerCase() !== 'identity') {
    throw unsupportedMediaType('Send the body as it is, without a Content-Encoding.');
  }
  const charset = CHARSET.exec(contentType)?.[1] ?? 'utf-8';
  if (charset.toLowerCase() !== 'utf-8') throw unsupportedMediaType('Send the body in UTF-8.');
}

/**
 * The request's body, parsed and not yet checked.
 *
 * @param taken the media types that the route takes
 * @throws ProblemError `REQUEST_INVALID` if there is none, `MEDIA_TYPE_UNSUPPORTED` if it is of another type
 */
export function jsonBodyOf({ body, headers }: FastifyRequest, taken: readonly string[]): unknown {
  if (body === undefined) {
    throw new ProblemError('REQUEST_INVALID', {
      detail: 'The request has no body.',
      errors: [{ field: 'body', rule: 'required', message: 'must be a JSON object' }],
    });
  }
  if (!taken.includes(mediaTypeOf(headers))) {
    throw unsupportedMediaType(`Send the body as ${taken.join(' or ')}.`);
  }
  return body;
}

/** Fastify would read and parse a body with them. No route of ours takes one. */
const METHODS_WITHOUT_BODY = ['DELETE', 'OPTIONS', 'QUERY'];
const NO_BODY = { hasBody: false, overrideExisting: true };

/**
 * Takes only JSON bodies, instead of Fastify's and Nest's own parsers: those also take forms and plain text, replace
 * broken bytes, and round numbers.
 */
export function addJsonBodies(fastify: FastifyInstance): void {
  // Plain text among them: a page of another site can send that without a preflight, but not JSON.
  fastify.removeAllContentTypeParsers();
  for (const method of METHODS_WITHOUT_BODY) fastify.addHttpMethod(method, NO_BODY);
  fastify.addContentTypeParser(
    [JSON_MEDIA_TYPE, MERGE_PATCH_MEDIA_TYPE],
    { parseAs: 'buffer' },
    async ({ headers }: FastifyRequest, bytes: Buffer) => {
      checkEncoding(headers);
      return parseJson(bytes);
    },
  );
}

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
function fieldErrorsOf(issues: readonly Issue[]): FieldError[] {
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
  // NaN stands for a number with more digits than a double holds.
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
export function limitParameter(maximum: number, fallback: number, description: string) {
  return z
    .string()
    .refine((text) => COUNT.test(text) && Number(text) <= maximum, {
      message: `must be a whole number from 1 to ${maximum}`,
      params: { rule: 'range' },
    })
    .transform(Number)
    .default(fallback)
    .meta({ type: 'integer', minimum: 1, maximum, default: fallback, description });
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
