import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '#libs/cache';
import { CacheEvents } from '#libs/cache/events';
import type { OutboxWatch } from '#libs/db';
import { CoherenceEvents } from './events.js';

/** How often Postgres is asked, if anything was invalidated. */
const EVERY_MS = 1_000;
/** Invalidations that are remembered until then; later ones replace earlier ones. */
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
  private readonly receivedAtMs = new Map<string, number>();
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
    if (this.receivedAtMs.size === 0 || askedAtMs - this.lookedAtMs < EVERY_MS) return;
    this.lookedAtMs = askedAtMs;
    const received = new Map(this.receivedAtMs);
    this.receivedAtMs.clear();
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
    if (this.receivedAtMs.has(key)) return;
    if (this.receivedAtMs.size >= RECEIVED) {
      const [oldest] = this.receivedAtMs.keys();
      if (oldest !== undefined) this.receivedAtMs.delete(oldest);
    }
    this.receivedAtMs.set(key, nowMs);
  }
}
