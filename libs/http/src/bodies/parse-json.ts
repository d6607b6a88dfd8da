import secureJson from 'secure-json-parse';
import { ProblemError } from '#libs/errors';
import { isExact } from './exact-number.js';

/** Invalid bytes are an error: what they should have been, nobody knows. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** A number that is not kept as it was written becomes NaN, which no JSON can hold and every rule refuses. */
function reviveExactly(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const { source } = context ?? {};
  if (typeof value !== 'number' || source === undefined) return value;
  return isExact(value, source) ? value : Number.NaN;
}

/**
 * Parses a body of JSON (RFC 8259) in UTF-8. Keys that would reach an object's prototype are refused.
 *
 * @returns undefined for a body without a byte
 * @throws ProblemError `REQUEST_INVALID` where it can not be parsed
 */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.byteLength === 0) return undefined;
  try {
    return secureJson.parse(UTF_8.decode(bytes), reviveExactly);
  } catch (cause) {
    throw new ProblemError('REQUEST_INVALID', {
      detail: 'The body can not be read as JSON.',
      errors: [{ field: 'body', rule: 'json', message: 'must be JSON (RFC 8259) in UTF-8' }],
      cause,
    });
  }
}
