import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { entityIdRule, isEntityId } from '#libs/http';

export const MAX_NAME_CHARACTERS = 200;

/** Nothing that moves a cursor or ends a line belongs into a name: C0, DEL, C1 and Unicode's two separators. */
const CONTROL = /[\p{Cc}\u2028\u2029]/u;

const CONTROL_CLASS = '\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029';

/** The rule of a name as a pattern of JSON Schema: something else than spaces; around it, if it is trimmed, any. */
export const namePattern = `^\\s*[^\\s${CONTROL_CLASS}](?:[^${CONTROL_CLASS}]*[^\\s${CONTROL_CLASS}])?\\s*$`;

/** A rule with a name that clients can rely on, and its words. */
export const breaks = (rule: string, message: string) => ({ params: { rule }, message });

/** As Postgres counts them: a character outside the basic plane is one, not two. */
const charactersOf = (text: string) => Array.from(text).length;

export const idField = z.string().refine(isEntityId, breaks('pattern', entityIdRule));

export const nameField = z
  .string()
  .trim()
  .refine((text) => text !== '', breaks('min_length', 'must have a character that is no space'))
  .refine(
    (text) => charactersOf(text) <= MAX_NAME_CHARACTERS,
    breaks('max_length', `must have ${MAX_NAME_CHARACTERS} characters at most`),
  )
  .refine((text) => !CONTROL.test(text), breaks('control_characters', 'must have no control characters'))
  .refine((text) => text.isWellFormed(), breaks('unicode', 'must be Unicode, without half of a pair'));

/** Read-only fields. */
export const readOnlyField = z
  .custom<never>(() => false, breaks('read_only', 'is set by the service'))
  .optional();

/**
 * The error of a body that names another id than its address; none if it repeats that one or has none.
 *
 * @param id the id in the path
 */
export function otherId(id: string, body: unknown) {
  if (typeof body !== 'object' || body === null || !('id' in body) || body.id === id) return [];
  return [{ field: 'id', rule: 'equal', message: `must be ${id}, as in the address: it cannot be changed` }];
}

/**
 * Makes an id that no other entity has or will have: 80 bits of chance, in letters that no file system or eye confuses by case.
 *
 * @param prefix what it begins with: `prod`
 */
export function newId(prefix: string): string {
  return `${prefix}-${randomBytes(10).toString('hex')}`;
}
