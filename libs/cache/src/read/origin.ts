import { spanned } from '#libs/tracing';
import { Clock } from '../clock.js';
import type { CacheEntry, CacheKey } from '../entry/entry.js';
import { EntryMaker } from '../entry/make-entry.js';
import { CacheEvents } from '../events.js';
import { Doorkeeper } from '../tiers/doorkeeper.js';
import type { FillToken } from '../tiers/key-changes.js';
import { L2Tier } from '../tiers/l2-tier.js';
import type { LoadPermit } from './load-limit.js';
import { isOverloaded, LoadLimit } from './load-limit.js';
import { checkLoaded, type Load, type Loaded } from './loaded.js';
import { NegativeCache } from './negative-cache.js';

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
