import type { RedisLink } from '#libs/redis';
import { spanned } from '#libs/tracing';
import { type CacheKey, type Clock, type PresentEntry, phaseOf, rankOf } from '../entry/entry.js';
import { ChurnMap, type FillToken } from '../tiers/doorkeeper.js';
import type { L1Tier } from '../tiers/l1-tier.js';
import type { L2Hit, L2Reads, L2Reply } from '../tiers/l2-reads.js';
import type { L2Tier } from '../tiers/l2-tier.js';
import type { L2Trust } from '../trust.js';

/** A read that a batch get began: the fill that it announced, and what Redis said. One reader goes on from it, once. */
export interface BegunRead {
  readonly token: FillToken;
  readonly found: L2Reply;
}

/**
 * Called with the entry, once it is in L1; with null if there is none, or its key changed meanwhile. Then the reader may have to go
 * on from `begun`, by `CacheReader.beyondL1`. Must not throw.
 */
export type Reader = (entry: PresentEntry | null, begun: BegunRead | null) => void;

/** Readers have callbacks, not promises: thousands per second would each be created for one answer. */
interface SharedGet {
  readonly token: FillToken;
  readonly isLoadable: boolean;
  readonly readers: Reader[];
}

const FIRST_MS = 2;
const LAST_MS = 40;
/** If each wait was as long as all before it, one that just missed a fill would see it after twice the time of the load. */
const GROWTH = 1.5;

/**
 * How long to wait before asking again whether another one's load has arrived: soon at first, since most loads are
 * short, then rarer, and never in step with the other waiters.
 *
 * @param attempt 0 for the first wait
 * @param random a number from 0 to 1
 * @returns milliseconds
 */
export function pollDelayMs(attempt: number, random: () => number): number {
  const ceilingMs = Math.min(LAST_MS, FIRST_MS * GROWTH ** attempt);
  return ceilingMs * (0.5 + random() / 2);
}

const LEASE_WAIT = { name: 'cache.lease_wait' };

/** The part of a read that asks L2: an entry for all its readers of a moment, the lease to load it, or neither. */
export class BatchGet {
  private readonly underWay = new ChurnMap<CacheKey, SharedGet>();

  constructor(
    private readonly l1: L1Tier,
    private readonly l2: L2Tier,
    private readonly reads: L2Reads,
    private readonly redis: RedisLink,
    private readonly trust: L2Trust,
    private readonly clock: Clock,
  ) {}

  /** Whether `at` is worth a try: there is a trusted Redis, and no cluster, where the keys of one command lie on many nodes. */
  get arePossible(): boolean {
    return this.trust.isTrusted && this.redis.state === 'connected' && !this.redis.isCluster;
  }

  /**
   * Calls back with the fresh entry of L2, once it is in L1. It waits for no load and makes none: a reader of a key that is not
   * there goes on from what was begun.
   *
   * @param isLoadable whether the reader goes on from what was begun; if not, no lease is taken
   * @param reader called once, later
   */
  at(key: CacheKey, isLoadable: boolean, reader: Reader): void {
    const flying = this.underWay.get(key);
    // A reader after a change must not be answered by a request from before it.
    if (flying !== undefined && flying.isLoadable === isLoadable && this.l1.mayShare(flying.token)) {
      this.reads.spans.join(key);
      return void flying.readers.push(reader);
    }
    // Announced before Redis is asked: only then does every later change of the key find it.
    const token = this.l1.beginFill(key);
    const get = { token, isLoadable, readers: [reader] };
    this.underWay.set(key, get);
    this.reads.gather(token, isLoadable, (found) => this.share(get, found));
  }

  private share(get: SharedGet, found: L2Reply): void {
    const { token, isLoadable, readers } = get;
    if (this.underWay.get(token.key) === get) this.underWay.delete(token.key);
    const ready = this.readyIn(found);
    const taken = ready !== null && this.l1.fill(ready, token, 'l2') ? ready : null;
    // An entry that was ready and not taken is of before a change: it is asked for again.
    const isBegun = isLoadable && ready === null && found.kind !== 'unavailable';
    if (!isBegun) this.l1.endFill(token);
    // The first goes on, and the others join it.
    let begun = isBegun ? { token, found } : null;
    for (const reader of readers) {
      reader(taken, begun);
      begun = null;
    }
  }

  /** What can be answered without a thought. */
  private readyIn(found: L2Reply): PresentEntry | null {
    if (found.kind !== 'hit' || found.lease !== null || found.entry.state === 'absent') return null;
    return phaseOf(found.entry, this.clock.nowMs()) === 'fresh' ? found.entry : null;
  }

  /**
   * An entry of any age, the lease, or that there is no answer. It waits for the load of another process.
   *
   * @param patienceEndsAtMs until then it waits for the holder of the lease to fill
   * @param first what `at` found; default: L2 is asked
   */
  async find(token: FillToken, patienceEndsAtMs: number, first?: L2Reply): Promise<L2Reply> {
    const found = this.checked(first ?? (await this.reads.ask(token, true)), token);
    return found.kind === 'held' ? spanned(LEASE_WAIT, () => this.poll(token, patienceEndsAtMs)) : found;
  }

  /** Asks again until the holder of the lease has filled, or it is given up. */
  private async poll(token: FillToken, patienceEndsAtMs: number): Promise<L2Reply> {
    for (let attempt = 0; this.clock.nowMs() < patienceEndsAtMs; attempt += 1) {
      await this.clock.wait(pollDelayMs(attempt, Math.random));
      const found = this.checked(await this.reads.ask(token, true), token);
      if (found.kind !== 'held') return found;
    }
    return { kind: 'unavailable' };
  }

  private checked(found: L2Reply, { key, askedAtMs }: FillToken): L2Reply {
    if (found.kind === 'leased' && !this.l1.hasForgotten(askedAtMs))
      this.l1.outdated(key, found.lease.floorVersion);
    if (found.kind === 'hit' && /* guard(l2-of-the-past-is-no-answer): false */ this.isOfThePast(found))
      return { kind: 'unavailable' };
    return found;
  }

  /** Redis itself compares versions. It does not know that a reader was answered meanwhile that there is no such thing. */
  private isOfThePast({ entry, lease }: L2Hit): boolean {
    const isPast = rankOf(entry) < this.l1.floorOf(entry.key);
    if (isPast && lease !== null) void this.l2.release(lease);
    return isPast;
  }
}
