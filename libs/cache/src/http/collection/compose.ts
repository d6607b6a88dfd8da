import type { EntryTimes } from '../../entry/entry.js';
import { etagOf } from '../../entry/etag.js';
import type { CacheRead } from '../../read/cache-read.js';
import type { Answerable } from '../answerable.js';
import { serialised } from '../serialised.js';

/** From the nearest to the furthest. */
const SOURCES = ['memory', 'redis', 'origin'] as const;

/**
 * One answer of many reads: it is as old as the oldest of them, fresh as long as the first to end, came from the furthest
 * source that was needed, and is verified if all of them are.
 *
 * @param parts at least one
 * @param body the composed bytes, a byte a character
 */
export function compose(parts: readonly CacheRead[], body: string): Answerable {
  const least = (time: keyof EntryTimes) => Math.min(...parts.map(({ entry }) => entry[time]));
  const furthest = Math.max(...parts.map(({ source }) => SOURCES.indexOf(source)));
  return {
    source: SOURCES[furthest] ?? 'origin',
    entry: {
      state: 'present',
      etag: etagOf(body),
      body,
      loadedAtMs: least('loadedAtMs'),
      freshUntilMs: least('freshUntilMs'),
      graceUntilMs: least('graceUntilMs'),
      loadMs: least('loadMs'),
    },
    verified: parts.every(({ verified }) => verified),
  };
}

/**
 * The bytes of `{"items":[…], …}`. The members' bytes are taken as they are: they were serialised when they were loaded.
 *
 * @param items bytes of JSON values, a byte a character
 */
export function itemsBody(items: readonly string[], rest: Readonly<Record<string, unknown>>): string {
  const tail = serialised(rest).slice(1);
  return `{"items":[${items.join(',')}]${tail === '}' ? '' : ','}${tail}`;
}
