import { EventEmitter } from 'node:events';
import { ProcessLogger } from '#libs/resilience';
import type { CacheKey } from './entry/entry.js';

/** The tiers by the names that dashboards know. */
export const TIERS = ['l1', 'redis'] as const;
export type TierName = (typeof TIERS)[number];

/** The outcome of an attempt to get, or to use, a lease. */
export const LEASE_OUTCOMES = ['granted', 'held-by-another', 'lost'] as const;
export type LeaseOutcome = (typeof LEASE_OUTCOMES)[number];

/** The result of a comparison of an L1 entry with L2. */
export const REVALIDATION_OUTCOMES = ['same', 'newer', 'gone', 'unknown'] as const;
export type RevalidationOutcome = (typeof REVALIDATION_OUTCOMES)[number];

/** The outcome of a load. */
export const LOAD_OUTCOMES = ['present', 'absent', 'failed'] as const;
export type LoadOutcome = (typeof LOAD_OUTCOMES)[number];

/** The outcome of a refresh in the background. */
export const REFRESH_OUTCOMES = ['done', 'failed'] as const;
export type RefreshOutcome = (typeof REFRESH_OUTCOMES)[number];

/** Why a read was refused. */
export type ShedReason = 'load-limit' | 'read-timeout';

/** Why a change cannot be applied as it is: its key, its version, or Redis refuses it. */
export const UNUSABLE_REASONS = ['key', 'version', 'refused'] as const;
export type UnusableReason = (typeof UNUSABLE_REASONS)[number];

interface CacheEventMap {
  hit: [TierName];
  miss: [TierName];
  /** An entry was served and marked stale: it was past its fresh time, or could not be verified. */
  stale: [TierName];
  /** A reader joined a read under way in this process. */
  coalesced: [];
  lease: [LeaseOutcome];
  load: [outcome: LoadOutcome, seconds: number];
  shed: [ShedReason];
  /** The limit on concurrent loads, and their number; emitted from time to time. */
  'load-limit': [{ readonly limit: number; readonly underWay: number }];
  /** The size of L1, emitted from time to time. */
  size: [{ readonly bytes: number; readonly entries: number }];
  /** An entry was refreshed in the background, or the refresh failed. */
  refresh: [RefreshOutcome];
  /** Whether L1 receives invalidations. */
  tracking: [synced: boolean];
  /** Keys whose invalidation was received. */
  invalidated: [keys: readonly CacheKey[]];
  /** A kept entry was compared with Redis because something happened to its key. */
  revalidated: [RevalidationOutcome];
  /** A change was found that no tier can apply. */
  'unusable-change': [UnusableReason];
  /** Whether L2 is trusted. */
  'l2-trust': ['trusted' | 'untrusted'];
}

/** Events of the cache; metrics and logs listen. */
export class CacheEvents extends EventEmitter<CacheEventMap> {
  private readonly logger = new ProcessLogger('CacheEvents');
  private complained = false;

  /**
   * A tier answered.
   *
   * @param isStale whether the answer is past its fresh time, or could not be verified
   */
  hit(tier: TierName, isStale: boolean): void {
    this.emit('hit', tier);
    if (isStale) this.emit('stale', tier);
  }

  /** A listener that throws loses its own event, and does not fail the read or the lease. */
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
