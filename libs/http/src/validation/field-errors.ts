import type { core } from 'zod';
import type { FieldError } from '#libs/errors';

type Issue = core.$ZodIssue;

/** What the whole body is called, where no field of it can be named. */
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
  // NaN stands for what was written with more digits than a number keeps (see parse-json).
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
