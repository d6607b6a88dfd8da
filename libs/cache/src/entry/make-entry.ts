import { Injectable } from '@nestjs/common';
import { CacheConfig } from '#libs/config';
import { Clock } from '../clock.js';
import type { Loaded } from '../read/loaded.js';
import { absentEntry, presentEntry } from './compact-entry.js';
import type { CacheEntry, CacheKey } from './entry.js';
import { etagOf } from './etag.js';

/** What a load brought, and when. */
export interface LoadResult {
  readonly loaded: Loaded;
  /** When the load began, on this process's clock: the entry can not be newer than that. */
  readonly startedAtMs: number;
  /**
   * The least version that the load can have seen: the latest that a tier knew when it began. An absent thing has
   * no version of its own, and one that counts others changes without its own row: either would otherwise look older
   * than the entry or tombstone whose place it takes, and never be let in.
   */
  readonly floorVersion: number;
}

/** Makes entries of what was loaded, with the configured times. */
@Injectable()
export class EntryMaker {
  constructor(
    private readonly clock: Clock,
    private readonly config: CacheConfig,
  ) {}

  make(key: CacheKey, { loaded, startedAtMs, floorVersion }: LoadResult): CacheEntry {
    const version = Math.max(loaded.version, floorVersion);
    const base = { key, version, ...this.timesOf(loaded, startedAtMs) };
    if (loaded.state === 'absent') return absentEntry(base);
    return presentEntry(base, { body: loaded.body, etag: etagOf(loaded.body) });
  }

  /**
   * Present entries get a random extra each: entries that were loaded together, at a deploy or a flash, must
   * not end together.
   */
  private timesOf(loaded: Loaded, startedAtMs: number) {
    const { absentMs, freshMs, freshJitterMs, graceMs } = this.config;
    const freshForMs = loaded.state === 'absent' ? absentMs : freshMs + Math.random() * freshJitterMs;
    const freshUntilMs = startedAtMs + freshForMs;
    return {
      loadedAtMs: startedAtMs,
      freshUntilMs,
      graceUntilMs: freshUntilMs + graceMs,
      loadMs: this.clock.nowMs() - startedAtMs,
    };
  }
}
