import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CacheConfig, SheddingConfig } from '#libs/config';
import { ProblemError } from '#libs/errors';
import { AdaptiveLimit } from '#libs/resilience';
import { Clock } from '../clock.js';
import { CacheEvents } from '../events.js';
import { overloaded } from './overloaded.js';

/** Enough that a cold start under traffic is not refused before anything was learnt. */
const INITIAL_LOADS = 2_000;
/** Always let through: of these one learns that the source has recovered. */
const MIN_LOADS = 20;
/** A load that takes more than this part of its lease is one of too many. */
const TOO_SLOW_LEASES = 1 / 3;
const TELL_EVERY_MS = 1_000;

/** Bounds the loads under way in this process by what the source can answer in time; the rest is refused at once. */
@Injectable()
export class LoadLimit implements OnModuleInit, OnApplicationShutdown {
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

  onModuleInit(): void {
    this.timer = setInterval(() => this.tell(), TELL_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @throws ProblemError `OVERLOADED` where there are too many; what `load` throws otherwise */
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

  private tell(): void {
    if (this.limit === null) return;
    this.events.emit('load-limit', { limit: this.limit.current, underWay: this.limit.underWay });
  }
}

/** Any other failure is the load's own and says nothing of how busy the source is. */
function saysTooMany(error: unknown): boolean {
  return error instanceof ProblemError && error.definition.status === 503;
}
