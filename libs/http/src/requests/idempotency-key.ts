import type { FastifyRequest } from 'fastify';
import { invalidFields } from '../validation.js';

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
