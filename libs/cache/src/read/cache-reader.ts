import type { CacheConfig } from '#libs/config';
import { SharedSpans } from '#libs/tracing';
import {
  type CacheEntry,
  type CacheKey,
  Clock,
  type Load,
  phaseOf,
  rankOf,
  shouldRefreshEarly,
} from '../entry/entry.js';
import { CacheEvents } from '../events.js';
import { ChurnMap, Doorkeeper, type FillToken, namedAlone, type Visit } from '../tiers/doorkeeper.js';
import { L1Tier } from '../tiers/l1-tier.js';
import type { L2Hit, L2Reads, L2Reply } from '../tiers/l2-reads.js';
import { L2Tier } from '../tiers/l2-tier.js';
import { L2Trust } from '../trust.js';
import type { BatchGet, BegunRead } from './batch-get.js';
import { ReadDeadline } from './load-shedding.js';
import { type LoadPermit, leased, Origin, permitOf, Refresher } from './origin.js';

/** An entry, and the tier it came from. */
export interface CacheRead {
  readonly servedFrom: 'l1' | 'l2' | 'origin';
  readonly entry: CacheEntry;
  /** Whether it was verified within the last second. An unverified one is better than an error, and is marked stale. */
  readonly verified: boolean;
}

/** A key that changes faster than it can be read is served as it was read last. */
const MAX_ATTEMPTS = 4;
/** A load takes less than a lease. */
const PATIENCE_LEASES = 2;

const FLIGHT = { name: 'cache.read' };

/** `yes`: this process received an invalidation meanwhile; `perhaps`: the lease was lost for an unknown reason. */
type Attempted = CacheRead & { readonly superseded: 'no' | 'perhaps' | 'yes' };

/** A read beyond L1 that is under way, and the fill that its first attempt announced. */
interface Flight {
  readonly token: FillToken;
  readonly outcome: Promise<CacheRead>;
}

/** The tiers that a reader goes through, and what says whether they may be trusted. */
export interface ReaderParts {
  readonly l1: L1Tier;
  readonly l2: L2Tier;
  readonly l2Reads: L2Reads;
  readonly batchGet: BatchGet;
  readonly l2Trust: L2Trust;
  readonly origin: Origin;
  readonly refresher: Refresher;
  readonly deadline: ReadDeadline;
  readonly doorkeeper: Doorkeeper;
  readonly clock: Clock;
  readonly config: CacheConfig;
  readonly events: CacheEvents;
}

/**
 * A read from top to bottom: L1, the flight that readers of this process share, L2 or its lease, the load, and what is still
 * there if the load fails. `Cache.read` calls its parts.
 */
export class CacheReader {
  private readonly flights = new ChurnMap<CacheKey, Flight>();
  private readonly spans = new SharedSpans<CacheKey>();

  constructor(private readonly parts: ReaderParts) {}

  /** L1: its answer, immediately; null if the read has to go on to `beyondL1`. */
  fromL1(key: CacheKey, load: Load): CacheRead | null {
    const { l1, refresher, clock, events } = this.parts;
    const found = l1.get(key);
    if (found.kind !== 'trusted') return null;
    const { entry, verified } = found;
    const nowMs = clock.nowMs();
    const isStale = phaseOf(entry, nowMs) === 'stale';
    events.hit('l1', isStale || !verified);
    if (isStale) refresher.refreshStale(key, load);
    else if (/* guard(hot-key-is-refreshed-early): false */ shouldRefreshEarly(entry, nowMs, drawOne))
      refresher.refreshEarly(key, load);
    return { servedFrom: 'l1', entry, verified };
  }

  /**
   * The rest of a read that L1 did not answer. If it fails, what a tier still has is the answer.
   *
   * @param visit how the key was asked for; default: by itself
   * @param begun what a batch get found for this reader; default: L2 is asked
   */
  async beyondL1(
    key: CacheKey,
    load: Load,
    visit = namedAlone(key),
    begun: BegunRead | null = null,
  ): Promise<CacheRead> {
    const { doorkeeper, deadline, events } = this.parts;
    doorkeeper.ask(visit.name);
    events.emit('miss', 'l1');
    try {
      return await deadline.within(this.fly(key, load, visit, begun));
    } catch (error) {
      return await this.staleIfError(key, error);
    }
  }

  /** Reads the origin whatever the tiers hold, and renews them if that is safe. */
  readOrigin(key: CacheKey, load: Load, visit = namedAlone(key)): Promise<CacheRead> {
    const { l1, l2, deadline, doorkeeper } = this.parts;
    doorkeeper.ask(visit.name);
    const work = async (token: FillToken): Promise<CacheRead> => {
      const lease = await l2.lease(key);
      const { entry } = await this.loadUnder(lease === null ? { kind: 'alone' } : leased(lease), load, token);
      // guard(answer-is-remembered-by-version): drop
      l1.answered(entry, token.askedAtMs);
      return { servedFrom: 'origin', entry, verified: true };
    };
    return deadline.within(l1.filling(key, work, visit));
  }

  /**
   * Begins this process's flight for a key, or joins the one under way, while a value requested then would be trusted
   * now. While L1 is unsynced, a slow load may return an old state, and changes from before the link came back are not
   * reported after it.
   */
  private fly(key: CacheKey, load: Load, visit: Visit, begun: BegunRead | null): Promise<CacheRead> {
    const { l1, events } = this.parts;
    this.spans.join(key);
    const flying = this.flights.get(key);
    // guard(one-flight-per-process): false
    if (flying !== undefined && /* guard(joins-no-read-from-before): true */ l1.mayShare(flying.token)) {
      if (begun !== null) this.abandon(begun);
      events.emit('coalesced');
      return flying.outcome;
    }
    // Open until the flight ends, whichever of its attempts brings the answer: each change of the key is found by those who would join.
    const token = begun?.token ?? l1.beginFill(key);
    token.visit = visit;
    const fetch = () => this.fetch(token, load, begun?.found);
    const outcome = this.spans.run([key], FLIGHT, fetch).finally(() => {
      l1.endFill(token);
      if (this.flights.get(key)?.token === token) this.flights.delete(key);
    });
    this.flights.set(key, { token, outcome });
    return outcome;
  }

  /** Reads beyond L1 until a change comes no more in between. */
  private async fetch(token: FillToken, load: Load, found?: L2Reply): Promise<CacheRead> {
    const { l1, clock, config, events } = this.parts;
    const { key, askedAtMs, visit } = token;
    // A reader waits for the load of another process no longer than a lease and a load; then it loads for itself. With a
    // lease alone all readers would give up at the moment at which one of them takes over from a holder that died.
    // guard(waits-beyond-a-dead-holder): = askedAtMs + config.leaseMs
    const patienceEndsAtMs = askedAtMs + PATIENCE_LEASES * config.leaseMs;
    let read = await this.attempt(token, load, patienceEndsAtMs, found);
    if (read.servedFrom === 'l2') events.hit('redis', !read.verified || this.isStale(read.entry));
    else events.emit('miss', 'redis');
    for (
      let again = 1;
      /* guard(superseded-read-is-repeated): false */ read.superseded !== 'no' && again < MAX_ATTEMPTS;
      again += 1
    ) {
      // The lease may have run out under a slow load: to make it again is the last thing that a slow origin needs.
      if (read.superseded === 'perhaps' && clock.nowMs() >= patienceEndsAtMs) break;
      read = await l1.filling(key, (next) => this.attempt(next, load, patienceEndsAtMs), visit);
    }
    l1.answered(read.entry, askedAtMs);
    return read;
  }

  /** L2, and the origin if L2 has granted the lease or cannot be asked. If superseded, nothing is let in anywhere. */
  private async attempt(
    token: FillToken,
    load: Load,
    patienceEndsAtMs: number,
    first?: L2Reply,
  ): Promise<Attempted> {
    const found = await this.parts.batchGet.find(token, patienceEndsAtMs, first);
    if (found.kind === 'hit') {
      const verified = this.take(found, load, token);
      return { servedFrom: 'l2', entry: found.entry, verified, superseded: token.cancelled ? 'yes' : 'no' };
    }
    const { entry, standing } = await this.loadUnder(permitOf(found), load, token);
    const superseded = token.cancelled ? 'yes' : standing === 'superseded' ? 'perhaps' : 'no';
    return { servedFrom: 'origin', entry, verified: true, superseded };
  }

  /** Ends what a batch get began and no reader goes on from. */
  private abandon({ token, found }: BegunRead): void {
    this.parts.l1.endFill(token);
    if (found.kind === 'leased') void this.parts.l2.release(found.lease);
  }

  /** Takes an entry of L2 into L1, and refreshes it if its lease came with it. @returns whether it is verified */
  private take({ entry, lease }: L2Hit, load: Load, token: FillToken): boolean {
    const { l1, refresher, l2Trust, clock } = this.parts;
    l1.fill(entry, token, 'l2');
    if (lease !== null) refresher.refreshUnder(lease, load);
    // guard(unverified-is-stale-from-l2): true
    return l2Trust.isVerified(clock.nowMs());
  }

  /** The load: fills L2, then L1. */
  private async loadUnder(permit: LoadPermit, load: Load, token: FillToken) {
    const loaded = await this.parts.origin.load(token, load, permit);
    if (loaded.standing === 'current') this.parts.l1.fill(loaded.entry, token, 'origin');
    return loaded;
  }

  /**
   * Stale-if-error (RFC 5861 §4): an untrusted entry of L1, or of an L2 that may have missed changes. Never one that is known to
   * be outdated.
   *
   * @throws `error` if no tier has the key
   */
  private async staleIfError(key: CacheKey, error: unknown): Promise<CacheRead> {
    const { l1, l2Reads, l2Trust, clock, events } = this.parts;
    const kept = l1.kept(key);
    // guard(stale-if-error): false
    if (kept !== null) {
      events.emit('stale', 'l1');
      return { servedFrom: 'l1', entry: kept, verified: false };
    }
    // L1 no longer knows the versions read before: only Redis' own comparison shows that the entry is not older.
    if (l1.hasForgotten(l2Trust.asOfMs)) throw error;
    const askedAtMs = clock.nowMs();
    const found = await l2Reads.peekUntrusted(key);
    if (found.kind !== 'hit' || rankOf(found.entry) < l1.floorOf(key)) throw error;
    events.emit('stale', 'redis');
    l1.answered(found.entry, askedAtMs);
    return { servedFrom: 'l2', entry: found.entry, verified: false };
  }

  private isStale(entry: CacheEntry): boolean {
    return phaseOf(entry, this.parts.clock.nowMs()) === 'stale';
  }
}

/** In (0, 1]: the logarithm of 0 would refresh everything. */
const drawOne = () => 1 - Math.random();
