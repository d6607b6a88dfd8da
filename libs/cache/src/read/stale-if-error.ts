import { Clock } from '../clock.js';
import type { CacheKey } from '../entry/entry.js';
import { rankOf } from '../entry/entry.js';
import { CacheEvents } from '../events.js';
import { L1Tier } from '../tiers/l1-tier.js';
import { L2Tier } from '../tiers/l2-tier.js';
import { SharedTrust } from '../trust/shared-trust.js';
import type { CacheRead } from './cache-read.js';

/**
 * Stale-if-error (RFC 5861 §4): if the origin fails, an untrusted entry of L1, or of an L2 that may have missed
 * changes. Never one that is known to be outdated.
 */
export class StaleIfError {
  constructor(
    private readonly memory: L1Tier,
    private readonly shared: L2Tier,
    private readonly trust: SharedTrust,
    private readonly clock: Clock,
    private readonly events: CacheEvents,
  ) {}

  /** @throws `error` if no tier has the key */
  async find(key: CacheKey, error: unknown): Promise<CacheRead> {
    const kept = this.memory.kept(key);
    // guard(stale-if-error): false
    if (kept !== null) {
      this.events.emit('stale', 'l1');
      return { source: 'memory', entry: kept, verified: false };
    }
    // L1 no longer knows the versions read before: only Redis' own comparison shows that the entry is not older.
    if (this.memory.hasForgotten(this.trust.asOfMs)) throw error;
    const askedAtMs = this.clock.nowMs();
    const found = await this.shared.peekUntrusted(key);
    if (found.kind !== 'entry' || rankOf(found.entry) < this.memory.floorOf(key)) throw error;
    this.events.emit('stale', 'redis');
    this.memory.answered(found.entry, askedAtMs);
    return { source: 'redis', entry: found.entry, verified: false };
  }
}
