import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type CacheKey, Clock, MemoryTier, RedisTier } from '#libs/cache';
import { CoherenceEvents } from '../events.js';
import { SourceVersions } from './source-versions.js';

/** Rare, since every process does it and the source is what all this is there to spare. */
const EVERY_MS = 30_000;
/** A statement of so many keys costs the source next to nothing. */
const KEYS = 20;
const LOOK_AGAIN_MS = 20;
/** Longer than that is told as that. */
const LONGEST_MS = 5_000;

/**
 * Compares, of a few of the keys that are read most, the versions in memory, in Redis and at the source, and tells how
 * often and for how long a tier was behind: the service's own staleness, live. A tier that has nothing is not behind.
 */
@Injectable()
export class ConsistencyMeter implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private busy = false;
  private stopping = false;

  constructor(
    private readonly memory: MemoryTier,
    private readonly shared: RedisTier,
    private readonly source: SourceVersions,
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

  /** Compares once; a source that can not be asked is not measured against. */
  async sample(): Promise<void> {
    const keys = this.memory.hotKeys(KEYS);
    if (this.busy || keys.length === 0) return;
    this.busy = true;
    try {
      const versions = await this.source.of(keys);
      await Promise.all([...versions].map(([key, version]) => this.compare(key, version)));
    } catch {
      // Told by whoever needed the source for an answer.
    } finally {
      this.busy = false;
    }
  }

  private async compare(key: CacheKey, version: number): Promise<void> {
    const [l1Ms, redisMs] = await Promise.all([
      this.untilNotBehind(async () => this.memory.trustedVersion(key), version),
      this.untilNotBehind(() => this.sharedVersion(key), version),
    ]);
    this.events.emit('compared', { l1BehindMs: l1Ms, redisBehindMs: redisMs });
  }

  /** @returns how long the tier was seen to be behind; 0 where it was not */
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
    const found = await this.shared.peek(key);
    return found.kind === 'entry' ? found.entry.version : null;
  }
}
