import { Injectable } from '@nestjs/common';
import type { CacheKey } from '../entry/entry.js';
import { rankOf } from '../entry/rank-of.js';
import { CacheEvents } from '../events.js';
import { MemoryTier } from '../tiers/memory-tier.js';
import { RedisTier } from '../tiers/redis-tier.js';
import type { CacheRead } from './cache-read.js';

/**
 * What is better than an error when the source fails (stale-if-error, RFC 5861 §4): what memory keeps without trust,
 * or what a Redis holds that may have missed changes. Never what is known to be of the past.
 */
@Injectable()
export class LastResort {
  constructor(
    private readonly memory: MemoryTier,
    private readonly shared: RedisTier,
    private readonly events: CacheEvents,
  ) {}

  /** @throws `error` where nothing is left */
  async find(key: CacheKey, error: unknown): Promise<CacheRead> {
    const kept = this.memory.kept(key);
    if (kept !== null) {
      this.events.emit('stale', 'l1');
      return { source: 'memory', entry: kept, verified: false };
    }
    const found = await this.shared.peekUntrusted(key);
    if (found.kind !== 'entry' || rankOf(found.entry) < this.memory.floorOf(key)) throw error;
    this.events.emit('stale', 'redis');
    this.memory.answered(found.entry);
    return { source: 'redis', entry: found.entry, verified: false };
  }
}
