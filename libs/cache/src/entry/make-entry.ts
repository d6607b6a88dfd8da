import { hash } from 'node:crypto';
import { CacheConfig } from '#libs/config';
import { ASKED_ONCE_MS } from '../tiers/doorkeeper.js';
import { absentEntry, presentEntry } from './codec.js';
import { type CacheEntry, type CacheKey, Clock, isVersion } from './entry.js';

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
    const { absentMs, graceMs } = this.config;
    const { freshMs = this.config.freshMs } = loaded;
    const isAbsent = loaded.state === 'absent';
    const jitterMs = Math.min(
      this.config.freshJitterMs,
      loaded.freshMs === undefined ? Infinity : freshMs / 5,
    );
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
