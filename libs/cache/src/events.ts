import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';

/** The tiers by the names that dashboards know. */
export type TierName = 'l1' | 'redis';

/** What became of an attempt to get, or to use, a lease. */
export type LeaseOutcome = 'granted' | 'held-by-another' | 'lost';

/** What a comparison of a kept entry with Redis showed. */
export type RevalidationOutcome = 'same' | 'newer' | 'gone' | 'unknown';

/** What a load came to. */
export type LoadOutcome = 'present' | 'absent' | 'failed';

/** Why a read was refused. */
export type ShedReason = 'load-limit' | 'read-timeout';

interface CacheEventMap {
  hit: [TierName];
  miss: [TierName];
  /** An entry was served and told as stale: it was past its fresh time, or nobody could say whether it was still true. */
  stale: [TierName];
  /** A reader joined a read under way in this process. */
  coalesced: [];
  lease: [LeaseOutcome];
  load: [outcome: LoadOutcome, seconds: number];
  shed: [ShedReason];
  /** How many loads may be under way at once, and how many are; told from time to time. */
  'load-limit': [{ readonly limit: number; readonly underWay: number }];
  /** How full memory is, told from time to time. */
  size: [{ readonly bytes: number; readonly entries: number }];
  /** An entry was refreshed behind its readers' backs, or that failed. */
  refresh: ['done' | 'failed'];
  /** Whether changes are told to this process's memory. */
  tracking: [synced: boolean];
  /** Keys of which Redis told that something happened to them. */
  invalidated: [keys: number];
  /** A kept entry was compared with Redis because something happened to its key. */
  revalidated: [RevalidationOutcome];
  /** Whether Redis is believed. */
  'shared-trust': ['trusted' | 'doubted'];
}

/** What the cache tells; metrics and logs listen. */
export class CacheEvents extends EventEmitter<CacheEventMap> {
  private readonly logger = new Logger('CacheEvents');
  private complained = false;

  /** A listener that throws costs its own event, never the read or the lease that it was told of. */
  override emit<K>(
    name: K | keyof CacheEventMap,
    ...args: K extends keyof CacheEventMap ? CacheEventMap[K] : never
  ): boolean {
    try {
      return super.emit<K>(name, ...args);
    } catch (error) {
      if (!this.complained) this.logger.error(error, `a listener of "${String(name)}" failed`);
      this.complained = true;
      return true;
    }
  }
}
