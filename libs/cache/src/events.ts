import { EventEmitter } from 'node:events';

/** The tiers by the names that dashboards know. */
export type TierName = 'l1' | 'redis';

/** What the cache tells; metrics and logs listen. */
export class CacheEvents extends EventEmitter<{
  hit: [TierName];
  miss: [TierName];
  coalesced: [];
}> {}
