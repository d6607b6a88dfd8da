import { assertDocumented } from './assert-documented.ts';

/** fetch, whose every answer is held against the OpenAPI document; its body can still be read. */
export async function documentedFetch(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init);
  const { pathname, search } = new URL(url);
  assertDocumented({
    method: init.method ?? 'GET',
    path: pathname + search,
    status: response.status,
    headers: response.headers,
    body: await response.clone().text(),
  });
  return response;
}
