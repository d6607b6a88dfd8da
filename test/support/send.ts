import type { Api } from './api.ts';
import { documentedFetch } from './documented/documented-fetch.ts';
import { asWriter } from './writer-key.ts';

/** What a client got for a request that has a body. */
export interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; null where there is none. */
  readonly json: Record<string, unknown>;
  /** `field rule` of every broken rule that the answer names, sorted. */
  readonly broken: readonly string[];
}

/**
 * Sends a request with a valid key. Fails if the OpenAPI document does not describe the answer.
 *
 * @param body sent as it is where it is text, as JSON otherwise; undefined for none
 */
export async function send(
  api: Pick<Api, 'url'>,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Sent> {
  const response = await documentedFetch(api.url + path, {
    method,
    headers: { ...asWriter, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = text === '' ? null : JSON.parse(text);
  const errors: { field: string; rule: string }[] = json?.errors ?? [];
  const broken = errors.map(({ field, rule }) => `${field} ${rule}`).sort();
  return { status: response.status, headers: response.headers, text, json, broken };
}
