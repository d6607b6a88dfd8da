import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock, L2Trust } from '#libs/cache';
import { DatabaseConfig, RedisConfig } from '#libs/config';
import { OutboxWatch, Primary } from '#libs/db';
import { LastingTrouble, Outages, ProcessLogger, sqlStateOf } from '#libs/resilience';
import type { Snapshot } from './database-history.js';
import { HistoryWatch, RecordingWatch } from './database-watch.js';
import { CoherenceEvents } from './events.js';
import { LagMeter } from './meters.js';
import { BacklogNews } from './news.js';
import { WakeUp } from './relay.js';
import { type Marks, snapshotsOf, Watermark } from './watermark.js';

/** How often what is committed is compared with what is applied, while all is well. */
const COMPARE_EVERY_MS = 250;
/** How soon it is looked again whether the relay has come so far. */
const LOOK_AGAIN_MS = 15;
/** What was committed has to be applied within this, or L2 is untrusted: the relay may be gone, or be refused. */
const LAG_LIMIT_MS = 500;

const EMIT_DEPTH_EVERY_MS = 5_000;

/** From here on it is looked again as rarely as while all is well: what is still behind has a large backlog, or no relay. */
const LOOK_OFTEN_MS = 5_000;

/** By then it is known whether Postgres is away, which would explain it. */
const TROUBLE_AFTER_MS = 5_000;

/** SQLSTATEs of a server that is away, starting, stopping or out of resources: nothing is committed there, as far as is known. */
const AWAY = /^(?:08|28|3D|53|57P|58)/;

/** `backlog`: all but a part of it is applied. */
type Applied = { readonly kind: 'applied' } | { readonly kind: 'backlog'; readonly backlog: Snapshot };
type Comparison = Applied | { readonly kind: 'behind' } | { readonly kind: 'another-history' };

const BEHIND: Comparison = { kind: 'behind' };

/**
 * Compares, all the time, what Postgres has committed with what the watermark says has reached Redis, and gives or takes
 * the trust in Redis accordingly. So a relay that is dead or refused by a full Redis is noticed as surely as a Redis that
 * was away. While Postgres cannot be asked, nothing changes: neither can anything be committed, as far as is known here.
 *
 * Without Redis it watches the history of the database alone.
 */
@Injectable()
export class TrustWatch implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new ProcessLogger('TrustWatch');
  private readonly trouble = new LastingTrouble(this.logger, {
    begun: (why) => `the outbox cannot be compared with Redis: ${why}`,
    over: (seconds) => `the outbox can be compared with Redis again after ${seconds} s`,
    isExplained: () => this.outages.isAway('postgres') || this.recording.fault !== null,
    patienceMs: TROUBLE_AFTER_MS,
  });
  private readonly wakeUp = new WakeUp();
  private running: Promise<void> = Promise.resolve();
  private stopping = false;
  private depthEmittedAtMs = Number.NEGATIVE_INFINITY;
  /** What is known to be applied, while Redis cannot be read. */
  private lastMarks: readonly Snapshot[] | undefined;
  private unreadableReported = false;

  constructor(
    private readonly database: DatabaseConfig,
    private readonly primary: Primary,
    private readonly redis: RedisConfig,
    private readonly watermark: Watermark,
    private readonly news: BacklogNews,
    private readonly history: HistoryWatch,
    private readonly trust: L2Trust,
    private readonly outages: Outages,
    private readonly recording: RecordingWatch,
    private readonly lag: LagMeter,
    private readonly clock: Clock,
    private readonly events: CoherenceEvents,
  ) {}

  onModuleInit(): void {
    if (this.hasRedis) {
      this.trust.watch();
      this.trust.onUntrusted(() => this.wakeUp.now());
    }
    this.running = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.trouble.close();
    this.wakeUp.now();
    await this.running;
  }

  private get hasRedis(): boolean {
    return this.redis.server.kind !== 'absent';
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.watch();
      } catch (error) {
        if (!this.stopping) this.failed(error);
      }
      if (!this.stopping) await this.wakeUp.within(COMPARE_EVERY_MS);
    }
  }

  /**
   * A Postgres that answers, and cannot be compared with, may commit what the relay does not see either. One that is away, or
   * silent, may not, as far as is known here: what the tiers have is served meanwhile, and marked stale.
   */
  private failed(error: unknown): void {
    const state = sqlStateOf(error);
    if (state !== undefined && !AWAY.test(state)) this.trust.distrust('the outbox cannot be compared');
    this.trouble.begin(error instanceof Error ? error.message : String(error));
  }

  /** @throws if Postgres cannot be read, or lacks what is read */
  private async watch(): Promise<void> {
    const watch = await OutboxWatch.open(this.database, this.redis.namespace, this.primary);
    try {
      this.recording.lookSoon();
      let wasReadable = true;
      while (!this.stopping) {
        // guard(unrecorded-changes-are-not-trusted): false
        if (!(await this.recording.look(watch))) this.trust.distrust('changes are not recorded');
        const { isReadable } = this.recording;
        // What this session may read was found out when there was less to read.
        if (isReadable && !wasReadable) return;
        wasReadable = isReadable;
        if (isReadable) await this.lookAt(watch);
        await this.wakeUp.within(COMPARE_EVERY_MS);
      }
    } finally {
      await watch.close();
    }
  }

  private async lookAt(watch: OutboxWatch): Promise<void> {
    this.reportUnreadable(watch);
    if (this.hasRedis) {
      await this.compare(watch);
      await this.emitDepth(watch);
      await this.lag.look(watch);
    } else this.history.continues(await watch.state());
    this.trouble.end();
  }

  /** Takes what is committed now, and waits until Redis has it. */
  private async compare(watch: OutboxWatch): Promise<void> {
    const { distrustCount } = this.trust;
    // Redis has to be there before the snapshot is taken: what is committed until then is what it may have missed.
    const read = await this.watermark.read();
    const asOfMs = this.clock.nowMs();
    const committed = await watch.state();
    const continues = this.history.continues(committed);
    if (read.kind === 'unavailable') return this.trust.distrust('a command failed');
    if (!continues) return;
    let before: Marks | null = null;
    while (!this.stopping) {
      // A change of usual size is applied within the limit. A backlog makes all of L1 suspect, once.
      const behindMs = this.clock.nowMs() - asOfMs;
      const isLate = behindMs > LAG_LIMIT_MS;
      const mayBeBacklog = isLate || (!this.trust.isTrusted && this.trust.isGapless);
      const marks = await this.watermark.read();
      if (marks.kind === 'unavailable') return this.trust.distrust('a command failed');
      // Postgres, which is busy with what is behind, is not asked in vain.
      const isAsBefore = !mayBeBacklog && before !== null && areSame(marks, before);
      before = marks;
      const comparison = isAsBefore
        ? BEHIND
        : await this.lookOnce(watch, committed.snapshot, marks, mayBeBacklog);
      if (comparison.kind === 'another-history') return;
      if (comparison.kind !== 'behind') return this.verified(comparison, asOfMs, distrustCount);
      if (isLate) this.trust.distrust('committed changes have not reached it');
      await this.emitDepth(watch);
      await this.clock.wait(behindMs < LOOK_OFTEN_MS ? LOOK_AGAIN_MS : COMPARE_EVERY_MS);
    }
  }

  /** All of the outbox is applied, or all but a backlog; it may not hold every change. */
  private verified(applied: Applied, asOfMs: number, distrustCount: number): void {
    if (this.recording.fault !== null) return;
    if (applied.kind === 'applied') this.trust.verified(asOfMs, distrustCount);
    else this.trust.newsVerified(applied.backlog, asOfMs, distrustCount);
  }

  /**
   * Every process reports it, not the leader alone, and while Redis is away as well: that nothing is applied is what it has
   * to show. A process that has read no watermark yet counts what is committed from now on.
   */
  private async emitDepth(watch: OutboxWatch): Promise<void> {
    if (this.clock.nowMs() - this.depthEmittedAtMs < EMIT_DEPTH_EVERY_MS) return;
    this.depthEmittedAtMs = this.clock.nowMs();
    const read = await this.watermark.read();
    if (read.kind === 'known' && snapshotsOf(read.masters).length > 0)
      this.lastMarks = snapshotsOf(read.masters);
    const seen = (await watch.state()).snapshot;
    this.lastMarks ??= [seen];
    this.events.emit('outbox', await watch.depth({ seen, applied: this.lastMarks }));
  }

  /** @param mayBeBacklog whether it is worth a look if all but a backlog is applied */
  private async lookOnce(
    watch: OutboxWatch,
    committed: Snapshot,
    { masters }: Marks,
    mayBeBacklog: boolean,
  ): Promise<Comparison> {
    const now = await watch.state();
    if (!this.history.continues(now)) return { kind: 'another-history' };
    if (!this.history.owns(masters, now)) return BEHIND;
    if (!(await watch.isBehind({ seen: committed, applied: snapshotsOf(masters) })))
      return { kind: 'applied' };
    const news = mayBeBacklog ? await this.news.published(masters) : null;
    if (news === null) return BEHIND;
    // guard(news-cover-what-is-committed): false
    if (await watch.isBehind({ seen: committed, applied: news.applied })) return BEHIND;
    return { kind: 'backlog', backlog: news.backlog };
  }

  private reportUnreadable({ unreadable }: OutboxWatch): void {
    if (unreadable.length === 0 || this.unreadableReported) return;
    this.unreadableReported = true;
    this.logger.warn(
      `the database role may not read ${unreadable.join(', ')}: a failover that shows in nothing else is not noticed. See docs/operations.md`,
    );
  }
}

/** Whether no mark has moved. */
function areSame({ masters }: Marks, before: Marks): boolean {
  return (
    masters.length === before.masters.length &&
    masters.every(({ text }, n) => text === before.masters[n]?.text)
  );
}
