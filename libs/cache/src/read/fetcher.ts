import { CacheConfig } from '#libs/config';
import { spanned } from '#libs/tracing';
import { Clock } from '../clock.js';
import { type CacheEntry, type CacheKey, phaseOf, rankOf } from '../entry/entry.js';
import { CacheEvents } from '../events.js';
import type { Visit } from '../tiers/doorkeeper.js';
import type { FillToken } from '../tiers/key-changes.js';
import { L1Tier } from '../tiers/l1-tier.js';
import { L2Tier } from '../tiers/l2-tier.js';
import type { SharedHit, SharedRead } from '../tiers/shared-read.js';
import { SharedTrust } from '../trust/shared-trust.js';
import type { BegunRead } from './batch-get.js';
import type { CacheRead } from './cache-read.js';
import { permitOf } from './load-limit.js';
import type { Load } from './loaded.js';
import { Origin } from './origin.js';
import { Refresher } from './refresher.js';

const FIRST_MS = 2;
const LAST_MS = 40;

/**
 * How long to wait before asking again whether another one's load has arrived: soon at first, since most loads are
 * short, then rarer, and never in step with the other waiters.
 *
 * @param attempt 0 for the first wait
 * @param random a number from 0 to 1
 * @returns milliseconds
 */
export function pollDelayMs(attempt: number, random: () => number): number {
  const ceilingMs = Math.min(LAST_MS, FIRST_MS * 2 ** attempt);
  return ceilingMs * (0.5 + random() / 2);
}

/** A key that changes faster than it can be read is served as it was read last. */
const MAX_ATTEMPTS = 4;
/** A load takes less than a lease. */
const PATIENCE_LEASES = 2;

const LEASE_WAIT = { name: 'cache.lease_wait' };

/** `yes`: this process received an invalidation meanwhile; `perhaps`: the lease was lost for an unknown reason. */
export type Fetched = CacheRead & { readonly superseded: 'no' | 'perhaps' | 'yes' };

/** Finds an entry that L1 does not have: in L2, or at the origin, or by waiting for the process that loads it. */
export class Fetcher {
  constructor(
    private readonly memory: L1Tier,
    private readonly shared: L2Tier,
    private readonly origin: Origin,
    private readonly refresher: Refresher,
    private readonly trust: SharedTrust,
    private readonly clock: Clock,
    private readonly config: CacheConfig,
    private readonly events: CacheEvents,
  ) {}

  /**
   * @param begun what a batch get found; default: L2 is asked
   * @throws what `load` throws
   */
  async fetch(key: CacheKey, load: Load, visit: Visit, begun: BegunRead | null = null): Promise<Fetched> {
    // A reader waits for the load of another process no longer than a lease and a load; then it loads for itself. With a
    // lease alone all readers would give up at the moment at which one of them takes over from a holder that died.
    const askedAtMs = begun?.token.askedAtMs ?? this.clock.nowMs();
    // guard(waits-beyond-a-dead-holder): = askedAtMs + this.config.leaseMs
    const patienceEndsAtMs = askedAtMs + PATIENCE_LEASES * this.config.leaseMs;
    const attempt = () =>
      this.memory.filling(key, (token) => this.attempt(token, load, patienceEndsAtMs), visit);
    let read = begun === null ? await attempt() : await this.goOn(begun, load, visit, patienceEndsAtMs);
    this.events.emit(read.source === 'redis' ? 'hit' : 'miss', 'redis');
    for (
      let again = 1;
      /* guard(superseded-read-is-repeated): false */ read.superseded !== 'no' && again < MAX_ATTEMPTS;
      again += 1
    ) {
      // The lease may have run out under a slow load: to make it again is the last thing that a slow source needs.
      if (read.superseded === 'perhaps' && this.clock.nowMs() >= patienceEndsAtMs) break;
      read = await attempt();
    }
    this.memory.answered(read.entry, askedAtMs);
    return read;
  }

  /** Ends what a batch get began and no reader goes on from. */
  abandon({ token, found }: BegunRead): void {
    this.memory.endFill(token);
    if (found.kind === 'leased') void this.shared.release(found.lease);
  }

  private async goOn(
    { token, found }: BegunRead,
    load: Load,
    visit: Visit,
    patienceEndsAtMs: number,
  ): Promise<Fetched> {
    token.visit = visit;
    try {
      return await this.attempt(token, load, patienceEndsAtMs, found);
    } finally {
      this.memory.endFill(token);
    }
  }

  /**
   * `superseded`: the key changed while this was on its way, and what it brings is let in nowhere.
   */
  private async attempt(
    token: FillToken,
    load: Load,
    patienceEndsAtMs: number,
    first?: SharedRead,
  ): Promise<Fetched> {
    const found = await this.readOrWait(token, patienceEndsAtMs, first);
    if (found.kind === 'hit') {
      const verified = this.takeShared(found, load, token);
      return { source: 'redis', entry: found.entry, verified, superseded: token.cancelled ? 'yes' : 'no' };
    }
    const { entry, standing } = await this.origin.load(token, load, permitOf(found));
    if (standing === 'current') this.memory.fill(entry, token, 'origin');
    const read = { source: 'origin', entry, verified: true } as const;
    if (token.cancelled) return { ...read, superseded: 'yes' };
    return { ...read, superseded: standing === 'superseded' ? 'perhaps' : 'no' };
  }

  /** @returns whether it is known to be still true */
  private takeShared({ entry, lease }: SharedHit, load: Load, token: FillToken): boolean {
    this.memory.fill(entry, token, 'redis');
    if (lease !== null) this.refresher.refreshUnder(lease, load);
    const nowMs = this.clock.nowMs();
    // guard(unverified-is-stale-from-l2): true
    const verified = this.trust.isVerified(nowMs);
    if (!verified || phaseOf(entry, nowMs) === 'stale') this.events.emit('stale', 'redis');
    return verified;
  }

  private async readOrWait(
    token: FillToken,
    patienceEndsAtMs: number,
    first?: SharedRead,
  ): Promise<SharedRead> {
    const found = this.checked(first ?? (await this.ask(token)), token);
    return found.kind === 'held' ? spanned(LEASE_WAIT, () => this.poll(token, patienceEndsAtMs)) : found;
  }

  /** Asks again until the holder of the lease has filled, or it is given up. */
  private async poll(token: FillToken, patienceEndsAtMs: number): Promise<SharedRead> {
    for (let attempt = 0; this.clock.nowMs() < patienceEndsAtMs; attempt += 1) {
      await this.clock.wait(pollDelayMs(attempt, Math.random));
      const found = this.checked(await this.ask(token), token);
      if (found.kind !== 'held') return found;
    }
    return { kind: 'unavailable' };
  }

  private ask(token: FillToken): Promise<SharedRead> {
    return this.shared.read(token.key, token.knownVersion, this.comparable(token));
  }

  private checked(found: SharedRead, { key, askedAtMs }: FillToken): SharedRead {
    if (found.kind === 'leased' && !this.memory.hasForgotten(askedAtMs))
      this.memory.outdated(key, found.lease.floorVersion);
    if (found.kind === 'hit' && /* guard(l2-of-the-past-is-no-answer): false */ this.isOfThePast(found))
      return { kind: 'unavailable' };
    return found;
  }

  /** Redis itself compares versions. It does not know that a reader was answered meanwhile that there is no such thing. */
  private isOfThePast({ entry, lease }: SharedHit): boolean {
    const isPast = rankOf(entry) < this.memory.floorOf(entry.key);
    if (isPast && lease !== null) void this.shared.release(lease);
    return isPast;
  }

  /** The entry in L1, which need only be compared while it is fresh by its own times. */
  private comparable({ kept }: FillToken): CacheEntry | null {
    return kept !== null && phaseOf(kept, this.clock.nowMs()) === 'fresh' ? kept : null;
  }
}
