import { CacheConfig, SheddingConfig } from '#libs/config';
import { ProblemError } from '#libs/errors';
import { AdaptiveLimit } from '#libs/resilience';
import { Clock } from '../clock.js';
import { CacheEvents } from '../events.js';
import type { L2Reply } from '../tiers/l2-replies.js';
import type { Lease } from '../tiers/lease.js';

/** The permission for a load: the fleet's lease for the key, or none if Redis is not available. */
export type LoadPermit = { readonly kind: 'leased'; readonly lease: Lease } | { readonly kind: 'alone' };

export function leased(lease: Lease): LoadPermit {
  return { kind: 'leased', lease };
}

/** The permission of a read that found no entry. */
export function permitOf(found: Exclude<L2Reply, { kind: 'hit' }>): LoadPermit {
  return found.kind === 'leased' ? leased(found.lease) : { kind: 'alone' };
}

const RETRY_AFTER_SECONDS = 1;

/** The problem for a client whose answer would have come too late. */
export function overloaded(): ProblemError {
  return new ProblemError('OVERLOADED', {
    detail: 'No cache has this answer and it cannot be loaded in time. Try again shortly.',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

export function isOverloaded(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'OVERLOADED';
}

/** Enough that a cold start under traffic is not refused before the limit has adapted. */
const INITIAL_LOADS = 2_000;
/** Always admitted: these show that the origin has recovered. */
const MIN_LOADS = 20;
/** A load that takes more than this part of its lease is one of too many. */
const TOO_SLOW_LEASES = 1 / 3;
const EMIT_EVERY_MS = 1_000;

/**
 * Bounds the concurrent loads of this process to those that the origin can answer in time; the rest is refused
 * immediately.
 */
export class LoadLimit {
  private readonly limit: AdaptiveLimit | null;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    clock: Clock,
    cache: CacheConfig,
    { maxLoads }: SheddingConfig,
    private readonly events: CacheEvents,
  ) {
    const bounds = { initial: INITIAL_LOADS, min: Math.min(MIN_LOADS, maxLoads), max: maxLoads };
    const tooSlowMs = cache.leaseMs * TOO_SLOW_LEASES;
    this.limit = maxLoads === 0 ? null : new AdaptiveLimit({ ...bounds, tooSlowMs }, () => clock.nowMs());
  }

  start(): void {
    this.timer = setInterval(() => this.emitState(), EMIT_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** @throws ProblemError `OVERLOADED` if there are too many; what `load` throws otherwise */
  async run<T>(load: () => Promise<T>): Promise<T> {
    if (this.limit === null) return load();
    const end = this.limit.enter();
    if (end === undefined) {
      this.events.emit('shed', 'load-limit');
      throw overloaded();
    }
    try {
      const loaded = await load();
      end('done');
      return loaded;
    } catch (error) {
      end(saysTooMany(error) ? 'dropped' : 'unknown');
      throw error;
    }
  }

  private emitState(): void {
    if (this.limit === null) return;
    this.events.emit('load-limit', { limit: this.limit.current, underWay: this.limit.underWay });
  }
}

/** Any other failure is the load's own and says nothing about the load of the origin. */
function saysTooMany(error: unknown): boolean {
  return error instanceof ProblemError && error.definition.status === 503;
}
