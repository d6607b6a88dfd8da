import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { CacheConfig } from '#libs/config';

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

/*
 * L1 keeps entries by the ten thousand, so each is built here, as small as V8 can hold it: its fields by name, since those that are
 * spread into an object lie in a second one beside it; and its times in whole milliseconds, since a number with a fraction is an
 * object of its own. What is cut off makes an entry older, never younger. Both functions say the same of the times, and have to: cut
 * in a function of their own they pass through an object, from which V8 takes them as numbers with a fraction again.
 */

export function presentEntry(of: EntryBase, has: Pick<PresentEntry, 'body' | 'etag'>): PresentEntry {
  return {
    state: 'present',
    key: of.key,
    version: of.version,
    loadedAtMs: Math.floor(of.loadedAtMs),
    freshUntilMs: Math.floor(of.freshUntilMs),
    graceUntilMs: Math.floor(of.graceUntilMs),
    loadMs: Math.ceil(of.loadMs),
    etag: has.etag,
    body: has.body,
  };
}

export function absentEntry(of: EntryBase): AbsentEntry {
  return {
    state: 'absent',
    key: of.key,
    version: of.version,
    loadedAtMs: Math.floor(of.loadedAtMs),
    freshUntilMs: Math.floor(of.freshUntilMs),
    graceUntilMs: Math.floor(of.graceUntilMs),
    loadMs: Math.ceil(of.loadMs),
  };
}

interface LoadedBase {
  readonly version: number;
  /** How long it is fresh, in milliseconds. Default: as long as is configured. */
  readonly freshMs?: number | undefined;
}

/**
 * The state of an entity at the origin; `body` is the bytes of the answer, a byte a character; `etag` its tag, if it is
 * known.
 */
export type Loaded = LoadedBase &
  (
    | { readonly state: 'present'; readonly body: string; readonly etag?: string }
    | { readonly state: 'absent' }
  );

/** Reads the origin. Throws if the origin cannot be read. */
export type Load = () => Promise<Loaded>;

/**
 * @throws TypeError if the version is not one. A driver that gives a bigint as text, say, would have versions
 *   compared as text, and Redis' scripts fail on what is no number.
 */
export function checkLoaded(loaded: Loaded): Loaded {
  if (isVersion(loaded.version)) return loaded;
  throw new TypeError(
    `a version is a whole number from 0 on, not ${typeof loaded.version} ${loaded.version}`,
  );
}

/** 132 bits of the digest: enough that two bodies of one resource never share a tag. */
const TAG_LENGTH = 22;

const QUOTED = Buffer.from(`"${'.'.repeat(TAG_LENGTH)}"`, 'latin1');

/**
 * A strong entity tag (RFC 9110 §8.8.3) of exactly these bytes; the same on every node and in every release.
 *
 * It is put together as bytes: of strings, V8 would keep the pieces and the whole digest for as long as the tag lives.
 *
 * @param body a byte a character
 */
export function etagOf(body: string): string {
  QUOTED.write(hash('sha256', Buffer.from(body, 'latin1'), 'base64url'), 1, TAG_LENGTH, 'latin1');
  return QUOTED.toString('latin1');
}

/** The result of a load, and its time. */
export interface LoadResult {
  readonly loaded: Loaded;
  /** When the load began, on this process's clock: the entry cannot be newer than that. */
  readonly startedAtMs: number;
  /**
   * The least version that the load can have seen: the latest that a tier knew when it began. An absent thing has
   * no version of its own, and one that counts others changes without its own row: either would otherwise look older
   * than the entry or tombstone whose place it takes, and never be let in.
   */
  readonly floorVersion: number;
  /** It was asked for once, and may never be again; default: it is known that it was not. */
  readonly isAskedOnce?: boolean;
}

/** A key that was read once is kept in L2 for so long, for other processes that read it at the same moment, and not in L1. */
const ASKED_ONCE_MS = 5_000;
/** An id with many readers is refreshed in the background. */
const ABSENT_GRACE_MS = 5_000;

/** Creates entries from loaded states, with the configured times. */
export class EntryMaker {
  constructor(
    private readonly clock: Clock,
    private readonly config: CacheConfig,
  ) {}

  make(key: CacheKey, { loaded, startedAtMs, floorVersion, isAskedOnce = false }: LoadResult): CacheEntry {
    // guard(absent-as-new-as-tombstone): = loaded.version
    const version = Math.max(loaded.version, floorVersion);
    const base = { key, version, ...this.timesOf(loaded, startedAtMs, isAskedOnce) };
    if (loaded.state === 'absent') return absentEntry(base);
    const { body, etag = etagOf(body) } = loaded;
    return presentEntry(base, { body, etag });
  }

  /**
   * Present entries get a random extra each: entries that were loaded together, at a deploy or a flash, must
   * not end together. Absent ones have little grace: there are any number of things that do not exist.
   */
  private timesOf(loaded: Loaded, startedAtMs: number, isAskedOnce: boolean) {
    const { absentMs, graceMs, freshJitterMs } = this.config;
    const { freshMs = this.config.freshMs } = loaded;
    const isAbsent = loaded.state === 'absent';
    const jitterMs = Math.min(freshJitterMs, loaded.freshMs === undefined ? Infinity : freshMs / 5);
    const wholeMs = isAbsent ? Math.min(absentMs, freshMs) : freshMs + Math.random() * jitterMs;
    const freshUntilMs = startedAtMs + (isAskedOnce ? Math.min(wholeMs, ASKED_ONCE_MS) : wholeMs);
    const allowedGraceMs = isAbsent ? Math.min(graceMs, ABSENT_GRACE_MS) : graceMs;
    return {
      loadedAtMs: startedAtMs,
      freshUntilMs,
      graceUntilMs: freshUntilMs + (isAskedOnce ? 0 : allowedGraceMs),
      loadMs: this.clock.nowMs() - startedAtMs,
    };
  }
}
