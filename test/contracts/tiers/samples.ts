import { type CacheEntry, type CacheKey, etagOf } from '#src/libs/cache/src/entry/entry';

let lastKey = 0;
export function freshKey(): CacheKey {
  lastKey += 1;
  return `product:contract-${process.pid}-${lastKey}`;
}

export function entryOf(key: CacheKey, version: number, lifeMs = 60_000): CacheEntry {
  const loadedAtMs = performance.now();
  const body = JSON.stringify({ key, version });
  const freshUntilMs = loadedAtMs + lifeMs / 2;
  return {
    state: 'present',
    key,
    version,
    body,
    etag: etagOf(body),
    loadedAtMs,
    freshUntilMs,
    graceUntilMs: loadedAtMs + lifeMs,
    loadMs: 1,
  };
}
