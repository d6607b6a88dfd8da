/** Which thing an entry is about: `product:prod-1`. It is the thing's key in every tier. */
export type CacheKey = `${string}:${string}`;

/** Times of an entry on this process's own clock, in milliseconds. */
export interface EntryTimes {
  readonly loadedAtMs: number;
  readonly freshUntilMs: number;
}

interface EntryBase extends EntryTimes {
  readonly key: CacheKey;
  /** Given by Postgres, greater at every change; 0 where the source knows none. */
  readonly version: number;
}

export interface PresentEntry extends EntryBase {
  readonly state: 'present';
  readonly etag: string;
  /** The answer's body, serialised once. */
  readonly body: Buffer;
}

/** The knowledge that there is no such thing, worth keeping: unknown ids must not reach Postgres one by one. */
export interface AbsentEntry extends EntryBase {
  readonly state: 'absent';
}

export type CacheEntry = PresentEntry | AbsentEntry;
