import { SharedSpans } from '#libs/tracing';
import { Clock } from '../clock.js';
import { type CacheKey, phaseOf, shouldRefreshEarly } from '../entry/entry.js';
import { CacheEvents } from '../events.js';
import { Doorkeeper, namedAlone, type Visit } from '../tiers/doorkeeper.js';
import type { FillToken } from '../tiers/key-changes.js';
import { L1Tier } from '../tiers/l1-tier.js';
import { L2Tier } from '../tiers/l2-tier.js';
import type { TrustedLookup } from '../tiers/memory-slot.js';
import { MemoryTrust, type Trustee } from '../trust/memory-trust.js';
import type { BegunRead } from './batch-get.js';
import type { CacheRead } from './cache-read.js';
import { Fetcher } from './fetcher.js';
import { type LoadPermit, leased } from './load-limit.js';
import type { Load } from './loaded.js';
import { Origin } from './origin.js';
import { ReadDeadline } from './read-deadline.js';
import { Refresher } from './refresher.js';
import { SingleFlight } from './single-flight.js';
import { StaleIfError } from './stale-if-error.js';

const FLIGHT = { name: 'cache.read' };

/** The parts of a read: through L1, L2 and the origin, one load per key in the whole fleet. `Cache.read` is their order. */
export class CacheReader {
  private readonly flights = new SingleFlight<CacheKey, CacheRead, Trustee>();
  private readonly spans = new SharedSpans<CacheKey>();

  constructor(
    private readonly memory: L1Tier,
    private readonly trust: MemoryTrust,
    private readonly shared: L2Tier,
    private readonly origin: Origin,
    private readonly fetcher: Fetcher,
    private readonly refresher: Refresher,
    private readonly staleIfError: StaleIfError,
    private readonly deadline: ReadDeadline,
    private readonly doorkeeper: Doorkeeper,
    private readonly clock: Clock,
    private readonly events: CacheEvents,
  ) {
    // A reader after a change must not join a read that began before it, however near its end that is.
    memory.onSuperseded((key) =>
      key === null
        ? this.flights.closeAll()
        : /* guard(flight-closes-on-change): = undefined */ this.flights.close(key),
    );
  }

  /** The answer of L1, immediately; null if the read has to go on to `beyondMemory`. */
  fromMemory(key: CacheKey, load: Load): CacheRead | null {
    const found = this.memory.get(key);
    return found.kind === 'trusted' ? this.hit(key, found, load) : null;
  }

  /**
   * The rest of a read that L1 did not answer.
   *
   * @param visit how the key was asked for; default: by itself
   * @param begun what a batch get found for this reader; default: L2 is asked
   */
  async beyondMemory(
    key: CacheKey,
    load: Load,
    visit = namedAlone(key),
    begun: BegunRead | null = null,
  ): Promise<CacheRead> {
    this.doorkeeper.ask(visit.name);
    this.events.emit('miss', 'l1');
    try {
      return await this.deadline.within(this.fly(key, load, visit, begun));
    } catch (error) {
      return await this.staleIfError.find(key, error);
    }
  }

  /** Reads the origin whatever the tiers hold, and renews them if that is safe. */
  readSource(key: CacheKey, load: Load, visit = namedAlone(key)): Promise<CacheRead> {
    this.doorkeeper.ask(visit.name);
    const work = async (token: FillToken): Promise<CacheRead> => {
      const lease = await this.shared.lease(key);
      const permit: LoadPermit = lease === null ? { kind: 'alone' } : leased(lease);
      const { entry, standing } = await this.origin.load(token, load, permit);
      if (standing === 'current') this.memory.fill(entry, token, 'origin');
      // guard(answer-is-remembered-by-version): drop
      this.memory.answered(entry, token.askedAtMs);
      return { source: 'origin', entry, verified: true };
    };
    const read = this.memory.filling(key, work, visit);
    return this.deadline.within(read);
  }

  /**
   * Begins this process's flight for a key, or joins the one under way, while a value requested then would be trusted
   * now. While L1 is unsynced, a slow load may return an old state, and changes from before the link came back are not
   * reported after it.
   */
  private fly(key: CacheKey, load: Load, visit: Visit, begun: BegunRead | null): Promise<CacheRead> {
    const nowMs = this.clock.nowMs();
    this.spans.join(key);
    return this.flights.run(key, {
      begun: begun === null ? { epoch: this.trust.epochFor(key), asOfMs: nowMs } : askedIn(begun),
      mayJoin: (begun) => /* guard(joins-no-read-from-before): true */ this.trust.trusts(begun, nowMs),
      work: () => this.spans.run([key], FLIGHT, () => this.fetcher.fetch(key, load, visit, begun)),
      onShared: () => {
        if (begun !== null) this.fetcher.abandon(begun);
        this.events.emit('coalesced');
      },
    });
  }

  private hit(key: CacheKey, { entry, verified }: TrustedLookup, load: Load): CacheRead {
    const nowMs = this.clock.nowMs();
    const isStale = phaseOf(entry, nowMs) === 'stale';
    this.events.emit('hit', 'l1');
    if (isStale || !verified) this.events.emit('stale', 'l1');
    if (isStale) this.refresher.refreshStale(key, load);
    else if (/* guard(hot-key-is-refreshed-early): false */ shouldRefreshEarly(entry, nowMs, drawOne))
      this.refresher.refreshEarly(key, load);
    return { source: 'memory', entry, verified };
  }
}

/** The moment from which what a batch get began is known. */
function askedIn({ token }: BegunRead): Trustee {
  return { epoch: token.epoch, asOfMs: token.askedAtMs };
}

/** In (0, 1]: the logarithm of 0 would refresh everything. */
const drawOne = () => 1 - Math.random();
