import { setTimeout as pause } from 'node:timers/promises';

/** Which thing an entry is about: `article:hello`. It is the thing's key in every tier. */
export type CacheKey = `${string}:${string}`;

/** Times of an entry on this process's own clock, in milliseconds. */
export interface EntryTimes {
  readonly loadedAtMs: number;
  /** Until here it is served without a thought. */
  readonly freshUntilMs: number;
  /** Until then it is served while one process refreshes it, or while the origin fails; then it is gone. */
  readonly graceUntilMs: number;
  /** How long the load took: the expected time of a refresh, and so how early one should begin. */
  readonly loadMs: number;
}

/** Members of every entry, present or absent. */
export interface EntryBase extends EntryTimes {
  readonly key: CacheKey;
  /** Given by Postgres, greater at every change; 0 if the origin has none. */
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

/** Whether a version is one that tiers can compare; if not, nothing is known of its order. */
export function isVersion(version: number): boolean {
  return Number.isSafeInteger(version) && version >= 0;
}

/** Versions are whole numbers, so there is room between two of them. */
const AFTER_ITS_VERSION = 0.5;

/**
 * Where an entry stands in the order of what its key has been. The knowledge that there is no such thing has no version of its
 * own: it is as new as the latest one that was known before the origin was asked, and so comes after the state that had it.
 * If the origin has no versions (0), all entries compare as equal.
 */
export function rankOf({ state, version }: CacheEntry): number {
  return state === 'absent' && version > 0
    ? /* guard(absent-comes-after-its-version): = version */ version + AFTER_ITS_VERSION
    : version;
}

/** How eager refreshes are; 1 is optimal for loads of an exponential length (Vattani et al. 2015, §4). */
const BETA = 1;

/** What the least number that can be drawn makes of a load's length: no draw reaches further ahead. */
const FURTHEST = -Math.log(2 ** -53);

/** Whether a draw could come out for a refresh, or the entry is past its fresh time already. */
export function mayRefreshEarly({ loadMs, freshUntilMs }: EntryTimes, nowMs: number): boolean {
  return nowMs + loadMs * BETA * FURTHEST >= freshUntilMs;
}

/**
 * Whether a fresh entry should be refreshed already (XFetch: Vattani, Chierichetti, Lowenstein, "Optimal
 * probabilistic cache stampede prevention", VLDB 2015). Each reader draws; the closer the end, the likelier, in
 * the scale of the time that a load takes. So a key that is read all the time is renewed before it ends, by one
 * reader, and a key without readers is not.
 *
 * @param random a number in [2^-53, 1], as 1 - Math.random() is
 */
export function shouldRefreshEarly(entry: EntryTimes, nowMs: number, random: () => number): boolean {
  // Most reads are far from the end, and a logarithm costs more than they do.
  if (!mayRefreshEarly(entry, nowMs)) return false;
  return nowMs - entry.loadMs * BETA * Math.log(random()) >= entry.freshUntilMs;
}

/** The clock that the times of entries are on, so that its state machines run on a fake clock in tests. */
export abstract class Clock {
  /** Milliseconds from any fixed origin, never going back. */
  abstract nowMs(): number;

  /** Resolves when that many milliseconds have passed. */
  abstract wait(ms: number): Promise<void>;
}

/** The process's own monotonic clock: setting the machine's time must not age or rejuvenate an entry. */
export class MonotonicClock extends Clock {
  nowMs(): number {
    return performance.now();
  }

  wait(ms: number): Promise<void> {
    return pause(ms);
  }
}
