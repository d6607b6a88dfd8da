import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { type CacheKey, Clock, L1Tier, L2Reads } from '#libs/cache';
import { CacheEvents } from '#libs/cache/events';
import type { OutboxWatch } from '#libs/db';
import { CoherenceEvents } from './events.js';

/** How often Postgres is asked, if anything was invalidated. */
const LOOK_EVERY_MS = 1_000;
/** So many invalidations are remembered until then, or up to twice as many; later ones replace earlier ones. */
const RECEIVED = 64;
/** Rows of the outbox among which they are looked for: the newest, so that the statement costs the same whatever is in it. */
const ROWS = 256;

/**
 * Measures the time from the recording of a change in Postgres to the moment at which this process received its invalidation.
 * A sample of the changes: the newest once a second. Both ends are ages, that of the row by the clock of Postgres and that of
 * the invalidation by the clock of this process, so no two clocks are compared.
 */
@Injectable()
export class LagMeter implements OnModuleInit {
  /**
   * When each was received. Two maps that take turns: one whose oldest entry made room for each new one would, with every table that it
   * outgrows, keep all later ones alive until the whole heap is collected (see ChurnMap).
   */
  private receivedAtMs = new Map<string, number>();
  private receivedBeforeAtMs = new Map<string, number>();
  private lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly cache: CacheEvents,
    private readonly clock: Clock,
    private readonly events: CoherenceEvents,
  ) {}

  onModuleInit(): void {
    this.cache.on('invalidated', (keys) => {
      const nowMs = this.clock.nowMs();
      for (const key of keys.slice(-RECEIVED)) this.received(key, nowMs);
    });
  }

  /** Measures the changes since the last look. @throws if Postgres cannot be read */
  async look(watch: OutboxWatch): Promise<void> {
    const askedAtMs = this.clock.nowMs();
    if (this.receivedAtMs.size === 0 || askedAtMs - this.lookedAtMs < LOOK_EVERY_MS) return;
    this.lookedAtMs = askedAtMs;
    const received = new Map([...this.receivedBeforeAtMs, ...this.receivedAtMs]);
    this.receivedBeforeAtMs = new Map();
    this.receivedAtMs = new Map();
    const rows = await watch.newest(ROWS);
    // The statement was run between the two: the time that it took is the error.
    const readAtMs = (askedAtMs + this.clock.nowMs()) / 2;
    for (const { key, ageSeconds } of rows) {
      const atMs = received.get(key);
      if (atMs === undefined) continue;
      const lagSeconds = ageSeconds - (readAtMs - atMs) / 1_000;
      // A later change of the key, whose own invalidation has not come yet.
      if (lagSeconds < 0) continue;
      received.delete(key);
      this.events.emit('lag', lagSeconds);
    }
  }

  /** The first invalidation of a key counts: the relay applies again what its writer has applied. */
  private received(key: string, nowMs: number): void {
    if (this.receivedAtMs.has(key) || this.receivedBeforeAtMs.has(key)) return;
    if (this.receivedAtMs.size >= RECEIVED) {
      this.receivedBeforeAtMs = this.receivedAtMs;
      this.receivedAtMs = new Map();
    }
    this.receivedAtMs.set(key, nowMs);
  }
}

/** Reads versions from the origin. The features know their tables; the meter does not. */
export abstract class OriginVersions {
  /** @returns the versions of those that exist; keys of no feature are left out */
  abstract of(keys: readonly CacheKey[]): Promise<ReadonlyMap<CacheKey, number>>;
}

/** Rare, since every process does it, and the cache exists to spare the origin. */
const SAMPLE_EVERY_MS = 30_000;
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
    private readonly origin: OriginVersions,
    private readonly clock: Clock,
    private readonly events: CoherenceEvents,
  ) {}

  onApplicationBootstrap(): void {
    // Processes that were started together should not ask together.
    const everyMs = SAMPLE_EVERY_MS * (0.75 + Math.random() / 2);
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
      const versions = await this.origin.of(keys);
      await Promise.all([...versions].map(([key, version]) => this.compare(key, version)));
    } catch {
      // Logged by the code that needed the origin for an answer.
    } finally {
      this.busy = false;
    }
  }

  private async compare(key: CacheKey, version: number): Promise<void> {
    const [l1BehindMs, redisBehindMs] = await Promise.all([
      this.untilNotBehind(async () => this.l1.trustedVersion(key), version),
      this.untilNotBehind(() => this.l2Version(key), version),
    ]);
    this.events.emit('compared', { l1BehindMs, redisBehindMs });
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

  private async l2Version(key: CacheKey): Promise<number | null> {
    const found = await this.l2.peek(key);
    return found.kind === 'hit' ? found.entry.version : null;
  }
}
