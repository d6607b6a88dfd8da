import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock, SharedTrust } from '#libs/cache';
import { DatabaseConfig, RedisConfig } from '#libs/config';
import { OutboxWatch } from '#libs/db';
import { CoherenceEvents } from '../events.js';
import { WakeUp } from '../relay/wake-up.js';
import { isBeyond, lowestOf, xminOf } from '../watermark/snapshot.js';
import { Watermark } from '../watermark/watermark.js';

/** How often what is committed is compared with what is applied, while all is well. */
const COMPARE_EVERY_MS = 250;
/** How soon it is looked again whether the relay has come so far. */
const LOOK_AGAIN_MS = 15;
/** What was committed has to be applied within this, or Redis is doubted: the relay may be gone, or be refused. */
const LAG_LIMIT_MS = 500;

const TELL_DEPTH_EVERY_MS = 5_000;

type Comparison = 'applied' | 'behind' | 'redis-unavailable';

/**
 * Compares, all the time, what Postgres has committed with what the watermark says has reached Redis, and gives or takes
 * the trust in Redis accordingly. So a relay that is dead or refused by a full Redis is noticed as surely as a Redis that
 * was away. While Postgres can not be asked, nothing changes: neither can anything be committed, as far as is known here.
 */
@Injectable()
export class TrustWatch implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('TrustWatch');
  private readonly wakeUp = new WakeUp();
  private running: Promise<void> = Promise.resolve();
  private stopping = false;
  private depthToldAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly database: DatabaseConfig,
    private readonly redis: RedisConfig,
    private readonly watermark: Watermark,
    private readonly trust: SharedTrust,
    private readonly clock: Clock,
    private readonly events: CoherenceEvents,
  ) {}

  onModuleInit(): void {
    if (this.redis.server.kind === 'absent') return;
    this.trust.watch();
    this.trust.onDoubted(() => this.wakeUp.now());
    this.running = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.wakeUp.now();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const watch = await OutboxWatch.open(this.database).catch(() => undefined);
      if (watch !== undefined) {
        await this.compareWhile(watch).catch((error: unknown) => this.logger.debug(String(error)));
        await watch.close();
      }
      if (!this.stopping) await this.wakeUp.within(COMPARE_EVERY_MS);
    }
  }

  private async compareWhile(watch: OutboxWatch): Promise<void> {
    while (!this.stopping) {
      await this.compare(watch);
      await this.tellDepth(watch);
      await this.wakeUp.within(COMPARE_EVERY_MS);
    }
  }

  /** Takes what is committed now, and waits until Redis has it. */
  private async compare(watch: OutboxWatch): Promise<void> {
    const { doubtCount } = this.trust;
    // Redis has to be there before the snapshot is taken: what is committed until then is what it may have missed.
    if ((await this.watermark.read()).kind === 'unavailable') return this.trust.doubt('a command failed');
    const asOfMs = this.clock.nowMs();
    const committed = await watch.snapshot();
    while (!this.stopping) {
      const comparison = await this.lookOnce(watch, committed);
      if (comparison === 'redis-unavailable') return this.trust.doubt('a command failed');
      if (comparison === 'applied') return this.trust.verified(asOfMs, doubtCount);
      if (this.clock.nowMs() - asOfMs > LAG_LIMIT_MS)
        this.trust.doubt('committed changes have not reached it');
      await this.clock.wait(LOOK_AGAIN_MS);
    }
  }

  /** Every process tells it, not the leader alone: that there is no leader is what one wants to see. */
  private async tellDepth(watch: OutboxWatch): Promise<void> {
    if (this.clock.nowMs() - this.depthToldAtMs < TELL_DEPTH_EVERY_MS) return;
    this.depthToldAtMs = this.clock.nowMs();
    const read = await this.watermark.read();
    if (read.kind === 'unavailable') return;
    this.events.emit('outbox', await watch.depth(xminOf(lowestOf(read.marks)), read.marks));
  }

  private async lookOnce(watch: OutboxWatch, committed: string): Promise<Comparison> {
    const read = await this.watermark.read();
    if (read.kind === 'unavailable') return 'redis-unavailable';
    const { marks } = read;
    const now = await watch.snapshot();
    if (marks.some((mark) => isBeyond(mark, now))) return 'behind';
    const from = xminOf(lowestOf(marks));
    return (await watch.isBehind(from, { seen: committed, applied: marks })) ? 'behind' : 'applied';
  }
}
