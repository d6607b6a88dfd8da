/** What a request presents to be let in. */
export type Presented =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' };

/** `"Bearer" 1*SP b64token` (RFC 6750 §2.1); the scheme's name is case-insensitive (RFC 9110 §11.1). */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * Reads the token from the headers as they came: Node drops all `Authorization` headers but the first, and two of them
 * are two claims, of which a proxy in front may have checked the other one.
 *
 * @param rawHeaders names and values by turns, as Node has them
 */
export function bearerTokenOf(rawHeaders: readonly string[]): Presented {
  const values = rawHeaders.filter((_, n) => n % 2 === 1 && isAuthorization(rawHeaders[n - 1]));
  const [value] = values;
  if (value === undefined) return { kind: 'none' };
  const token = values.length === 1 ? BEARER.exec(value)?.[1] : undefined;
  return token === undefined ? { kind: 'malformed' } : { kind: 'token', token };
}

function isAuthorization(name: string | undefined): boolean {
  return name?.toLowerCase() === 'authorization';
}
