/** Which thing an entry is about: `product:prod-1`. It is the thing's key in every tier. */
export type CacheKey = `${string}:${string}`;

/** Times of an entry on this process's own clock, in milliseconds. */
export interface EntryTimes {
  readonly loadedAtMs: number;
  /** Until here it is served without a thought. */
  readonly freshUntilMs: number;
  /** Until here it is served while one refreshes it, or while the source fails; then it is gone. */
  readonly graceUntilMs: number;
  /** How long the load took: what a refresh will take, and so how early one should begin. */
  readonly loadMs: number;
}

/** What every entry has, whether its thing is there or not. */
export interface EntryBase extends EntryTimes {
  readonly key: CacheKey;
  /** Given by Postgres, greater at every change; 0 where the source knows none. */
  readonly version: number;
}

export interface PresentEntry extends EntryBase {
  readonly state: 'present';
  readonly etag: string;
  /**
   * The bytes of the answer's body, serialised once, a byte a character (latin1): a string costs a third of what a
   * small Buffer does, and goes out in one write with the head.
   */
  readonly body: string;
}

/** The knowledge that there is no such thing, worth keeping: unknown ids must not reach Postgres one by one. */
export interface AbsentEntry extends EntryBase {
  readonly state: 'absent';
}

export type CacheEntry = PresentEntry | AbsentEntry;

/** fresh → stale → expired: an entry only ever moves to the right. */
export type Phase = 'fresh' | 'stale' | 'expired';

export function phaseOf(entry: EntryTimes, nowMs: number): Phase {
  if (nowMs < entry.freshUntilMs) return 'fresh';
  return nowMs < entry.graceUntilMs ? 'stale' : 'expired';
}
