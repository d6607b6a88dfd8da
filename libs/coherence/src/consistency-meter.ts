import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type CacheKey, Clock, L1Tier, L2Reads } from '#libs/cache';
import { CoherenceEvents } from './events.js';

/** Reads versions from the origin. The features know their tables; the meter does not. */
export abstract class OriginVersions {
  /** @returns the versions of those that exist; keys of no feature are left out */
  abstract of(keys: readonly CacheKey[]): Promise<ReadonlyMap<CacheKey, number>>;
}

/** Rare, since every process does it, and the cache exists to spare the origin. */
const EVERY_MS = 30_000;
/** A statement of so many keys costs the origin next to nothing. */
const KEYS = 20;
const LOOK_AGAIN_MS = 20;
/** A longer time is reported as this one. */
const LONGEST_MS = 5_000;

/**
 * Compares the versions of a few of the most read keys in L1, in L2 and at the origin, and emits how often and for how
 * long a tier was behind: the service's own staleness, live. A tier without the key is not behind.
 */
@Injectable()
export class ConsistencyMeter implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private busy = false;
  private stopping = false;

  constructor(
    private readonly l1: L1Tier,
    private readonly l2: L2Reads,
    private readonly source: OriginVersions,
    private readonly clock: Clock,
    private readonly events: CoherenceEvents,
  ) {}

  onApplicationBootstrap(): void {
    // Processes that were started together should not ask together.
    const everyMs = EVERY_MS * (0.75 + Math.random() / 2);
    this.timer = setInterval(() => void this.sample(), everyMs).unref();
  }

  onApplicationShutdown(): void {
    this.stopping = true;
    clearInterval(this.timer);
  }

  /** Compares once; nothing is measured while the origin cannot be asked. */
  async sample(): Promise<void> {
    const keys = this.l1.hotKeys(KEYS);
    if (this.busy || keys.length === 0) return;
    this.busy = true;
    try {
      const versions = await this.source.of(keys);
      await Promise.all([...versions].map(([key, version]) => this.compare(key, version)));
    } catch {
      // Logged by the code that needed the origin for an answer.
    } finally {
      this.busy = false;
    }
  }

  private async compare(key: CacheKey, version: number): Promise<void> {
    const [l1Ms, redisMs] = await Promise.all([
      this.untilNotBehind(async () => this.l1.trustedVersion(key), version),
      this.untilNotBehind(() => this.sharedVersion(key), version),
    ]);
    this.events.emit('compared', { l1BehindMs: l1Ms, redisBehindMs: redisMs });
  }

  /** @returns how long the tier was behind; 0 if it was not */
  private async untilNotBehind(versionOf: () => Promise<number | null>, version: number): Promise<number> {
    const startMs = this.clock.nowMs();
    for (let passedMs = 0; ; passedMs = this.clock.nowMs() - startMs) {
      const there = await versionOf();
      if (there === null || there >= version) return passedMs < LOOK_AGAIN_MS ? 0 : passedMs;
      if (this.stopping || passedMs > LONGEST_MS) return passedMs;
      await this.clock.wait(LOOK_AGAIN_MS);
    }
  }

  private async sharedVersion(key: CacheKey): Promise<number | null> {
    const found = await this.l2.peek(key);
    return found.kind === 'hit' ? found.entry.version : null;
  }
}
