import { spanned } from '#libs/tracing';
import { type CacheEntry, Clock, phaseOf, rankOf } from '../entry/entry.js';
import type { FillToken } from '../tiers/fill-fence.js';
import { L1Tier } from '../tiers/l1-tier.js';
import type { L2Hit, L2Reply } from '../tiers/l2-replies.js';
import { L2Tier } from '../tiers/l2-tier.js';

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

const LEASE_WAIT = { name: 'cache.lease_wait' };

/** The part of a read that asks L2: an entry, the lease to load it, or neither. It waits for the load of another process. */
export class L2Read {
  constructor(
    private readonly l1: L1Tier,
    private readonly l2: L2Tier,
    private readonly clock: Clock,
  ) {}

  /**
   * @param patienceEndsAtMs until then it waits for the holder of the lease to fill
   * @param first what a batch get found; default: L2 is asked
   */
  async find(token: FillToken, patienceEndsAtMs: number, first?: L2Reply): Promise<L2Reply> {
    const found = this.checked(first ?? (await this.ask(token)), token);
    return found.kind === 'held' ? spanned(LEASE_WAIT, () => this.poll(token, patienceEndsAtMs)) : found;
  }

  /** Asks again until the holder of the lease has filled, or it is given up. */
  private async poll(token: FillToken, patienceEndsAtMs: number): Promise<L2Reply> {
    for (let attempt = 0; this.clock.nowMs() < patienceEndsAtMs; attempt += 1) {
      await this.clock.wait(pollDelayMs(attempt, Math.random));
      const found = this.checked(await this.ask(token), token);
      if (found.kind !== 'held') return found;
    }
    return { kind: 'unavailable' };
  }

  private ask(token: FillToken): Promise<L2Reply> {
    return this.l2.read(token.key, token.knownVersion, this.comparable(token));
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

  /** The entry in L1, which need only be compared while it is fresh by its own times. */
  private comparable({ kept }: FillToken): CacheEntry | null {
    return kept !== null && phaseOf(kept, this.clock.nowMs()) === 'fresh' ? kept : null;
  }
}
