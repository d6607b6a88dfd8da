/** Names and values in turn, in the order in which they are sent. */
export type HeaderList = readonly string[];

/** What every answer from an entry carries; the place of each value is the same in all of them. */
export function entryHeaders(cacheStatus: string, etag: string, cacheControl: string, age: string): string[] {
  return ['cache-status', cacheStatus, 'etag', etag, 'cache-control', cacheControl, 'age', age];
}

/** What an answer with a body carries after that. */
export const BODY_HEADERS: HeaderList = ['content-type', 'application/json; charset=utf-8'];
