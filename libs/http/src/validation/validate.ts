import type { ZodType } from 'zod';
import { type FieldError, ProblemError } from '#libs/errors';
import { fieldErrorsOf } from './field-errors.js';

/**
 * Checks what a client sent, and tells of everything that is wrong with it at once.
 *
 * @param more what else was found wrong
 * @throws ProblemError `REQUEST_INVALID` naming each field and the rule that it breaks
 */
export function validate<T>(schema: ZodType<T>, input: unknown, more: readonly FieldError[] = []): T {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success && more.length === 0) return parsed.data;
  throw invalidFields([...fieldErrorsOf(parsed.error?.issues ?? []), ...more]);
}

/** The problem of a request whose fields break rules. */
export function invalidFields(errors: readonly FieldError[]): ProblemError {
  const fields = [...new Set(errors.map(({ field }) => field))];
  return new ProblemError('REQUEST_INVALID', { detail: `Not valid: ${shown(fields)}.`, errors });
}

/** A name of a field may come from the client, as long and as odd as it likes. */
function shown(fields: readonly string[]): string {
  return fields.every((field) => /^[\w.-]{1,64}$/.test(field)) ? fields.join(', ') : 'the request';
}
