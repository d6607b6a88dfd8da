import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { shouldRefreshEarly } from '../entry/early-refresh.js';
import { type CacheKey, phaseOf } from '../entry/entry.js';
import { CacheEvents } from '../events.js';
import { MemoryTier, type TrustedLookup } from '../tiers/memory-tier.js';
import { RedisTier } from '../tiers/redis-tier.js';
import { MemoryTrust, type Trustee } from '../trust/memory-trust.js';
import type { CacheRead } from './cache-read.js';
import { Fetcher } from './fetcher.js';
import { LastResort } from './last-resort.js';
import { type LoadPermit, leased } from './load-permit.js';
import type { Load } from './loaded.js';
import { Origin } from './origin.js';
import { ReadDeadline } from './read-deadline.js';
import { Refresher } from './refresher.js';
import { SingleFlight } from './single-flight.js';

/** The cache's front: reads through memory, Redis and the source, one load per key in the whole fleet. */
@Injectable()
export class CacheReader {
  private readonly flights = new SingleFlight<CacheKey, CacheRead, Trustee>();

  constructor(
    private readonly memory: MemoryTier,
    private readonly trust: MemoryTrust,
    private readonly shared: RedisTier,
    private readonly origin: Origin,
    private readonly fetcher: Fetcher,
    private readonly refresher: Refresher,
    private readonly lastResort: LastResort,
    private readonly deadline: ReadDeadline,
    private readonly clock: Clock,
    private readonly events: CacheEvents,
  ) {
    // Who asks after a change must not join a read that began before it, however near its end that is.
    memory.onOvertaken((key) => (key === null ? this.flights.closeAll() : this.flights.close(key)));
  }

  /**
   * @param load asks the source; called at most once for all concurrent readers of a key, in all processes
   * @throws what `load` throws, where no tier has anything within its grace
   */
  async read(key: CacheKey, load: Load): Promise<CacheRead> {
    return this.fromMemory(key, load) ?? (await this.beyondMemory(key, load));
  }

  /** What memory alone answers, at once; null where others have to be asked, by `beyondMemory`. */
  fromMemory(key: CacheKey, load: Load): CacheRead | null {
    const found = this.memory.get(key);
    return found.kind === 'trusted' ? this.hit(key, found, load) : null;
  }

  /** The rest of a read that memory did not answer. */
  async beyondMemory(key: CacheKey, load: Load): Promise<CacheRead> {
    this.events.emit('miss', 'l1');
    try {
      return await this.deadline.within(this.fly(key, load));
    } catch (error) {
      return await this.lastResort.find(key, error);
    }
  }

  /** Whether memory has something to compare, trusted or not. */
  keeps(key: CacheKey): boolean {
    return this.memory.kept(key) !== null;
  }

  /** Reads the source whatever the tiers hold, and renews them where that is safe. */
  readSource(key: CacheKey, load: Load): Promise<CacheRead> {
    const read = this.memory.filling(key, async (token): Promise<CacheRead> => {
      const lease = await this.shared.lease(key);
      const permit: LoadPermit = lease === null ? { kind: 'alone' } : leased(lease);
      const { entry, standing } = await this.origin.load(token, load, permit);
      if (standing === 'current') this.memory.fill(entry, token, 'origin');
      this.memory.answered(entry);
      return { source: 'origin', entry, verified: true };
    });
    return this.deadline.within(read);
  }

  /**
   * Begins this process's flight for a key, or joins the one under way: as long as what was asked for then would be
   * trusted now. While nobody tells of changes, a slow load may be of long ago, and what was not told before the
   * telling began again is not told after it.
   */
  private fly(key: CacheKey, load: Load): Promise<CacheRead> {
    const nowMs = this.clock.nowMs();
    return this.flights.run(key, {
      begun: { epoch: this.trust.epochFor(key), asOfMs: nowMs },
      mayJoin: (begun) => this.trust.trusts(begun, nowMs),
      work: () => this.fetcher.fetch(key, load),
      onShared: () => this.events.emit('coalesced'),
    });
  }

  private hit(key: CacheKey, { entry, verified }: TrustedLookup, load: Load): CacheRead {
    const nowMs = this.clock.nowMs();
    const isStale = phaseOf(entry, nowMs) === 'stale';
    this.events.emit('hit', 'l1');
    if (isStale || !verified) this.events.emit('stale', 'l1');
    if (isStale) this.refresher.refreshStale(key, load);
    else if (shouldRefreshEarly(entry, nowMs, drawOne)) this.refresher.refreshEarly(key, load);
    return { source: 'memory', entry, verified };
  }
}

/** In (0, 1]: the logarithm of 0 would refresh everything. */
const drawOne = () => 1 - Math.random();
