import { LRUCache } from 'lru-cache';
import { spanned } from '#libs/tracing';
import { type CacheKey, Clock, phaseOf } from '../entry/entry.js';
import type { Load } from '../entry/make-entry.js';
import { CacheEvents } from '../events.js';
import type { Lease } from '../scripts/l2-scripts.js';
import type { FillToken } from '../tiers/l1-slots.js';
import { L1Tier } from '../tiers/l1-tier.js';
import { L2Reads } from '../tiers/l2-reads.js';
import { L2Tier } from '../tiers/l2-tier.js';
import { type LoadPermit, leased, NegativeCache, Origin, permitOf } from './origin.js';

/** Refreshes under way at once in a process: a fleet of keys that ends together must not become a fleet of loads. */
const MAX_REFRESHES = 256;
/** How long a key is left alone after it was seen that another process refreshes it. */
const ASK_AGAIN_AFTER_MS = 50;

const REFRESH = { name: 'cache.refresh' };

/** Refreshes entries in the background (stale-while-revalidate, RFC 5861 §3). A failure leaves the entry. */
export class Refresher {
  private readonly underWay = new Set<CacheKey>();
  private readonly notBeforeMs = new LRUCache<CacheKey, number>({ max: 10_000 });

  constructor(
    private readonly l1: L1Tier,
    private readonly l2: L2Tier,
    private readonly reads: L2Reads,
    private readonly origin: Origin,
    private readonly failures: NegativeCache,
    private readonly clock: Clock,
    private readonly events: CacheEvents,
  ) {}

  get count(): number {
    return this.underWay.size;
  }

  /** An entry in L1 is stale: takes the newer one of L2, or refreshes it if it gets the lease. */
  refreshStale(key: CacheKey, load: Load): void {
    this.start(key, () => this.l1.filling(key, (token) => this.catchUp(key, load, token)));
  }

  /** An entry is still fresh but near its end: refreshes it if the lease can be had. */
  refreshEarly(key: CacheKey, load: Load): void {
    this.start(key, async () => {
      const lease = await this.l2.lease(key);
      if (lease === null) this.leaveAlone(key);
      else await this.renew(key, load, leased(lease));
    });
  }

  /** An entry of Redis is stale, and its lease came with it. */
  refreshUnder(lease: Lease, load: Load): void {
    const started = this.start(lease.key, () => this.renew(lease.key, load, leased(lease)));
    if (!started) void this.l2.release(lease);
  }

  private start(key: CacheKey, work: () => Promise<void>): boolean {
    if (this.underWay.has(key) || this.underWay.size >= MAX_REFRESHES) return false;
    if ((this.notBeforeMs.get(key) ?? 0) > this.clock.nowMs() || this.failures.recall(key)) return false;
    this.underWay.add(key);
    spanned(REFRESH, work)
      // The load's error was cached and counted by the load; the entry stays unchanged.
      .catch(() => this.events.emit('refresh', 'failed'))
      .finally(() => this.underWay.delete(key));
    return true;
  }

  private async catchUp(key: CacheKey, load: Load, token: FillToken): Promise<void> {
    const found = await this.reads.ask(token, true);
    if (found.kind === 'held') return this.leaveAlone(key);
    if (found.kind !== 'hit') return this.renew(key, load, permitOf(found));
    if (found.lease !== null) return this.renew(key, load, leased(found.lease));
    const caughtUp =
      phaseOf(found.entry, this.clock.nowMs()) === 'fresh' && this.l1.fill(found.entry, token, 'l2');
    if (!caughtUp) this.leaveAlone(key);
  }

  private async renew(key: CacheKey, load: Load, permit: LoadPermit): Promise<void> {
    await this.l1.filling(key, async (token) => {
      const { entry, standing } = await this.origin.load(token, load, permit);
      if (standing === 'current') this.l1.fill(entry, token, 'origin');
    });
    this.events.emit('refresh', 'done');
  }

  private leaveAlone(key: CacheKey): void {
    this.notBeforeMs.set(key, this.clock.nowMs() + ASK_AGAIN_AFTER_MS);
  }
}
