import type { AbsentEntry, EntryBase, PresentEntry } from './entry.js';

/*
 * Memory keeps entries by the ten thousand, so each is built here, as small as V8 can hold it: its fields by name, since
 * those that are spread into an object lie in a second one beside it; and its times in whole milliseconds, since a
 * number with a fraction is an object of its own. What is cut off makes an entry older, never younger.
 *
 * Both say the same of the times, and have to: cut in a function of their own they pass through an object, from which V8
 * takes them as numbers with a fraction again.
 */

export function presentEntry(
  { key, version, loadedAtMs, freshUntilMs, graceUntilMs, loadMs }: EntryBase,
  { etag, body }: Pick<PresentEntry, 'etag' | 'body'>,
): PresentEntry {
  return {
    state: 'present',
    key,
    version,
    loadedAtMs: Math.floor(loadedAtMs),
    freshUntilMs: Math.floor(freshUntilMs),
    graceUntilMs: Math.floor(graceUntilMs),
    loadMs: Math.ceil(loadMs),
    etag,
    body,
  };
}

export function absentEntry({
  key,
  version,
  loadedAtMs,
  freshUntilMs,
  graceUntilMs,
  loadMs,
}: EntryBase): AbsentEntry {
  return {
    state: 'absent',
    key,
    version,
    loadedAtMs: Math.floor(loadedAtMs),
    freshUntilMs: Math.floor(freshUntilMs),
    graceUntilMs: Math.floor(graceUntilMs),
    loadMs: Math.ceil(loadMs),
  };
}
