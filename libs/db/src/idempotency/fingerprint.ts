import { hash } from 'node:crypto';

type Scalar = string | number | boolean | null | undefined;

/**
 * Tells two requests apart that came under one key. Made of what was understood, not of the bytes: the order of the
 * keys, or a space more, makes no other request.
 *
 * @param input the body's fields after validation; one that is undefined counts as one that is not there
 */
export function fingerprintOf(method: string, path: string, input: Readonly<Record<string, Scalar>>): string {
  const fields = Object.entries(input)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return hash('sha256', JSON.stringify([method, path, fields]), 'base64url');
}
