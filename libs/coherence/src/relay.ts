import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DatabaseConfig, RedisConfig } from '#libs/config';
import { OutboxSession, Primary } from '#libs/db';
import { RedisLink } from '#libs/redis';
import { LastingTrouble, Outages, ProcessLogger } from '#libs/resilience';
import { RecordingWatch } from './database-watch.js';
import { CoherenceEvents } from './events.js';
import { OutboxDrain } from './outbox-drain.js';

/** A wait that ends early when something happens, also when it happened just before the wait began. */
export class WakeUp {
  private pending = false;
  private resolve: (() => void) | undefined;

  now(): void {
    this.pending = true;
    this.resolve?.();
  }

  /** @returns whether it ended early */
  async within(ms: number): Promise<boolean> {
    if (!this.pending) {
      await new Promise<void>((resolve) => {
        this.resolve = resolve;
        setTimeout(resolve, ms);
      });
    }
    const isEarly = this.pending;
    this.pending = false;
    this.resolve = undefined;
    return isEarly;
  }
}

/** How long a start waits for the connection to Redis, before it tries to lead without. */
const FIRST_CONNECT_MS = 1_000;
/** How often a process that does not lead tries to: a leader's death is made good within that. */
const TRY_TO_LEAD_EVERY_MS = 500;
/** How often the leader drains the outbox without a change: Redis may have been restored, and the session must not idle. */
const LOOK_EVERY_MS = 500;
/** How often the leader looks for a change: while some come, at the soonest, and while none did for a second. */
const ASK_BUSY_MS = 5;
const ASK_QUIET_MS = 10;
const QUIET_AFTER_MS = 1_000;
/** So soon after a change the next commit is taken for another one. */
const EXPECTED_WITHIN_MS = 100;
/** How long a row stays after it was applied, for a Redis that comes back with an older state. */
const KEPT_FOR_MS = 15 * 60_000;
const PRUNE_EVERY_MS = 5_000;
const PRUNE_ROWS = 5_000;
/** A full batch has more behind it. Changes wait while rows are deleted, so a large import goes in parts. */
const PRUNE_AGAIN_MS = 500;
/** By then it is known whether Postgres is away, which would explain it. */
const TROUBLE_AFTER_MS = 5_000;

/**
 * Carries every committed change from the outbox to the tiers. One process of those over a database and a Redis namespace leads,
 * by an advisory lock of Postgres; it gives the lock up when it cannot reach Redis, for one that can.
 */
@Injectable()
export class Relay implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new ProcessLogger('Relay');
  private readonly trouble = new LastingTrouble(this.logger, {
    begun: (why) => `the outbox cannot be relayed: ${why}`,
    over: (seconds) => `the outbox can be relayed again after ${seconds} s`,
    isExplained: () => this.outages.isAway('postgres') || this.recording.fault !== null,
    patienceMs: TROUBLE_AFTER_MS,
  });
  private readonly name = randomUUID();
  private readonly wakeUp = new WakeUp();
  private running: Promise<void> = Promise.resolve();
  private stopping = false;
  private pruneAtMs = 0;
  private changedAtMs = Number.NEGATIVE_INFINITY;
  private drainedInMs = 0;

  constructor(
    private readonly database: DatabaseConfig,
    private readonly primary: Primary,
    private readonly redis: RedisConfig,
    private readonly link: RedisLink,
    private readonly drain: OutboxDrain,
    private readonly outages: Outages,
    private readonly recording: RecordingWatch,
    private readonly events: CoherenceEvents,
  ) {}

  /** Not with the bootstrap: there the cache waits for a first watermark, which only a leader writes. */
  onModuleInit(): void {
    if (this.redis.server.kind === 'absent') return;
    this.running = this.link.connectedWithin(FIRST_CONNECT_MS).then(() => this.run());
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.trouble.close();
    this.wakeUp.now();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.serve();
      } catch (error) {
        if (!this.stopping) this.trouble.begin(error instanceof Error ? error.message : String(error));
      }
      if (!this.stopping) await this.wakeUp.within(TRY_TO_LEAD_EVERY_MS);
    }
  }

  /** @throws if Postgres cannot be read, or lacks what is read */
  private async serve(): Promise<void> {
    const session = await OutboxSession.open(this.database, this.redis.namespace, this.name, this.primary);
    try {
      await this.follow(session);
    } finally {
      await session.close();
    }
  }

  /** Waits for its turn to lead, and leads until it cannot. */
  private async follow(session: OutboxSession): Promise<void> {
    while (!this.stopping && !(await this.tryToLead(session))) await this.wakeUp.within(TRY_TO_LEAD_EVERY_MS);
    if (this.stopping) return;
    session.onNotice(() => this.wakeUp.now());
    this.leads(true);
    try {
      await this.lead(session);
    } finally {
      this.leads(false);
    }
  }

  /** One that could not apply anything would take the lead and give it up again, twice a second. */
  private async tryToLead(session: OutboxSession): Promise<boolean> {
    await session.check();
    this.trouble.end();
    return (await this.drain.reachesRedis()) && (await session.tryToLead());
  }

  private async lead(session: OutboxSession): Promise<void> {
    const leadership = this.drain.leadershipOver(session);
    while (!this.stopping) {
      const startedAtMs = performance.now();
      const outcome = await this.drain.drain(leadership);
      this.drainedInMs = performance.now() - startedAtMs;
      if (outcome.kind === 'redis-unavailable') return;
      if (outcome.kind === 'drained') {
        if (outcome.changes > 0) this.changedAtMs = performance.now();
        await this.prune(session, outcome.appliedBelow);
      }
      if (outcome.kind === 'redis-replaced') await this.wakeUp.within(ASK_BUSY_MS);
      else await this.untilChange(session);
    }
  }

  /**
   * Waits for a change, or for the next regular drain. It polls: a NOTIFY cannot be part of a transaction that is prepared for
   * two-phase commit, and all commits that make one wait for one another.
   */
  private async untilChange(session: OutboxSession): Promise<void> {
    const untilMs = performance.now() + LOOK_EVERY_MS;
    // On a machine that is busy a third of the time at most is the relay's.
    let busyMs = Math.min(ASK_QUIET_MS, Math.max(ASK_BUSY_MS, 2 * this.drainedInMs));
    while (!this.stopping && performance.now() < untilMs) {
      const quietMs = performance.now() - this.changedAtMs;
      // An operator's flush is notified.
      if (await this.wakeUp.within(quietMs > QUIET_AFTER_MS ? ASK_QUIET_MS : busyMs)) return;
      if (await session.hasChanges(quietMs < EXPECTED_WITHIN_MS)) return;
      busyMs = ASK_BUSY_MS;
    }
  }

  private async prune(session: OutboxSession, appliedBelow: string): Promise<void> {
    if (performance.now() < this.pruneAtMs) return;
    const pruned = await session.prune(appliedBelow, KEPT_FOR_MS, PRUNE_ROWS);
    this.pruneAtMs = performance.now() + (pruned < PRUNE_ROWS ? PRUNE_EVERY_MS : PRUNE_AGAIN_MS);
  }

  private leads(leads: boolean): void {
    this.events.emit('leading', leads);
    this.logger.log(leads ? 'leading' : 'no longer leading');
  }
}
