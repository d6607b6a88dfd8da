import { LRUCache } from 'lru-cache';
import { CacheConfig } from '#libs/config';
import { spanned } from '#libs/tracing';
import {
  type CacheEntry,
  type CacheKey,
  Clock,
  checkLoaded,
  EntryMaker,
  type Load,
  type Loaded,
  phaseOf,
} from '../entry/entry.js';
import { CacheEvents } from '../events.js';
import type { Lease } from '../scripts/l2-scripts.js';
import { Doorkeeper, type FillToken } from '../tiers/doorkeeper.js';
import { L1Tier } from '../tiers/l1-tier.js';
import { L2Reads, type L2Reply } from '../tiers/l2-reads.js';
import { L2Tier } from '../tiers/l2-tier.js';
import { isOverloaded, LoadLimit } from './load-shedding.js';

/** The permission for a load: the fleet's lease for the key, or none if Redis is not available. */
export type LoadPermit = { readonly kind: 'leased'; readonly lease: Lease } | { readonly kind: 'alone' };

export function leased(lease: Lease): LoadPermit {
  return { kind: 'leased', lease };
}

/** The permission of a read that found no entry. */
export function permitOf(found: Exclude<L2Reply, { kind: 'hit' }>): LoadPermit {
  return found.kind === 'leased' ? leased(found.lease) : { kind: 'alone' };
}

/** Bounded, since an outage fails as many keys as are asked for. */
const MAX_KEYS = 10_000;

interface Failure {
  readonly error: unknown;
  readonly untilMs: number;
}

/**
 * Caches the error of a key's load for a short time. Without it a failing origin is asked again by every
 * reader in turn, each waiting as long as the last, just when it can bear that least.
 */
export class NegativeCache {
  private readonly failures = new LRUCache<CacheKey, Failure>({ max: MAX_KEYS });

  constructor(
    private readonly clock: Clock,
    private readonly config: CacheConfig,
  ) {}

  remember(key: CacheKey, error: unknown): void {
    // Half to one and a half times, so that keys that failed together are not tried again together.
    const forMs = this.config.failureMs * (0.5 + Math.random());
    this.failures.set(key, { error, untilMs: this.clock.nowMs() + forMs });
  }

  recall(key: CacheKey): Failure | undefined {
    const failure = this.failures.get(key);
    if (failure === undefined || this.clock.nowMs() < failure.untilMs) return failure;
    this.failures.delete(key);
    return undefined;
  }

  clear(): void {
    this.failures.clear();
  }
}

/** `superseded`: a change came, or the lease ran out, while it was loaded. It may be of the past. */
export interface OriginRead {
  readonly entry: CacheEntry;
  readonly standing: 'current' | 'superseded';
}

const LOAD = { name: 'cache.load' };

/** Loads from the origin and fills L2. */
export class Origin {
  constructor(
    private readonly l2: L2Tier,
    private readonly failures: NegativeCache,
    private readonly limit: LoadLimit,
    private readonly maker: EntryMaker,
    private readonly doorkeeper: Doorkeeper,
    private readonly clock: Clock,
    private readonly events: CacheEvents,
  ) {}

  /**
   * @param token the fill of L1 that the load is for
   * @throws what `load` throws, now or a short time ago
   */
  async load(token: FillToken, load: Load, permit: LoadPermit): Promise<OriginRead> {
    const { key, knownVersion } = token;
    const startedAtMs = this.clock.nowMs();
    const loaded = await spanned(LOAD, () => this.ask(key, load, permit, startedAtMs));
    const isAskedOnce = this.doorkeeper.turnsAway(token.visit, loaded.state);
    const madeWith = (floorVersion: number) =>
      this.maker.make(key, { loaded, startedAtMs, floorVersion, isAskedOnce });
    if (permit.kind === 'alone') return { entry: madeWith(knownVersion), standing: 'current' };
    const { lease } = permit;
    const entry = madeWith(Math.max(knownVersion, lease.floorVersion));
    // L2 borrows no version from this process: it may be the last to notice that the database has a new history, in which that
    // version is far ahead of every change to come.
    const isBorrowed = entry.version > Math.max(loaded.version, lease.floorVersion);
    const filled = await this.l2.fill(isBorrowed ? madeWith(lease.floorVersion) : entry, lease);
    const refused = filled === 'lease-lost' || filled === 'newer-there';
    return { entry, standing: refused ? 'superseded' : 'current' };
  }

  private async ask(key: CacheKey, load: Load, permit: LoadPermit, startedAtMs: number): Promise<Loaded> {
    try {
      const loaded = await this.loadUnlessFailing(key, load, startedAtMs);
      this.events.emit('load', loaded.state, (this.clock.nowMs() - startedAtMs) / 1_000);
      return loaded;
    } catch (error) {
      // guard(failed-load-releases-its-lease): drop
      if (permit.kind === 'leased') void this.l2.release(permit.lease);
      throw error;
    }
  }

  private async loadUnlessFailing(key: CacheKey, load: Load, startedAtMs: number): Promise<Loaded> {
    const failure = this.failures.recall(key);
    if (failure !== undefined) throw failure.error;
    try {
      return checkLoaded(await this.limit.run(load));
    } catch (error) {
      // The origin was not asked: caching this error would refuse the key when there is a slot again.
      if (isOverloaded(error)) throw error;
      // guard(failure-is-remembered): drop
      this.failures.remember(key, error);
      this.events.emit('load', 'failed', (this.clock.nowMs() - startedAtMs) / 1_000);
      throw error;
    }
  }
}

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
