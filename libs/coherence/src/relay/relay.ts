import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DatabaseConfig, RedisConfig } from '#libs/config';
import { OutboxSession } from '#libs/db';
import { CoherenceEvents } from '../events.js';
import { OutboxDrain } from './outbox-drain.js';
import { WakeUp } from './wake-up.js';

/** How often a process that does not lead tries to: a leader's death is made good within that. */
const TRY_TO_LEAD_EVERY_MS = 500;
/** How often the leader looks without a notice. A notice can be lost, and one alone keeps the session from idling. */
const LOOK_EVERY_MS = 500;
/** How long a row stays after it was applied, for a Redis that comes back with an older state. */
const KEPT_FOR_MS = 15 * 60_000;
const PRUNE_EVERY_MS = 5_000;
const PRUNE_ROWS = 5_000;

/**
 * Carries every committed change from the outbox to the tiers. One process in the fleet leads, by an advisory lock of
 * Postgres; it gives the lock up when it can not reach Redis, for one that can.
 */
@Injectable()
export class Relay implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Relay');
  private readonly wakeUp = new WakeUp();
  private running: Promise<void> = Promise.resolve();
  private stopping = false;
  private prunedAtMs = 0;

  constructor(
    private readonly database: DatabaseConfig,
    private readonly redis: RedisConfig,
    private readonly drain: OutboxDrain,
    private readonly events: CoherenceEvents,
  ) {}

  onApplicationBootstrap(): void {
    if (this.redis.server.kind === 'absent') return;
    this.running = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.wakeUp.now();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const session = await OutboxSession.open(this.database).catch(() => undefined);
      if (session !== undefined) {
        // Without Postgres there is nothing to relay; what went wrong is told by those who need it.
        await this.follow(session).catch((error: unknown) => this.logger.debug(String(error)));
        await session.close();
      }
      if (!this.stopping) await this.wakeUp.within(TRY_TO_LEAD_EVERY_MS);
    }
  }

  /** Waits for its turn to lead, and leads until it can not. */
  private async follow(session: OutboxSession): Promise<void> {
    while (!this.stopping && !(await session.tryToLead())) await this.wakeUp.within(TRY_TO_LEAD_EVERY_MS);
    if (this.stopping) return;
    session.onNotice(() => this.wakeUp.now());
    this.tellLeading(true);
    try {
      await this.lead(session);
    } finally {
      this.tellLeading(false);
    }
  }

  private async lead(session: OutboxSession): Promise<void> {
    while (!this.stopping) {
      const outcome = await this.drain.drain(session);
      if (outcome.kind === 'redis-unavailable') return;
      if (outcome.kind === 'redis-replaced') continue;
      await this.prune(session, outcome.appliedBelow);
      await this.wakeUp.within(LOOK_EVERY_MS);
    }
  }

  private async prune(session: OutboxSession, appliedBelow: string): Promise<void> {
    if (performance.now() - this.prunedAtMs < PRUNE_EVERY_MS) return;
    const pruned = await session.prune(appliedBelow, KEPT_FOR_MS, PRUNE_ROWS);
    // A full batch has more behind it: go on with the next look.
    if (pruned < PRUNE_ROWS) this.prunedAtMs = performance.now();
  }

  private tellLeading(leads: boolean): void {
    this.events.emit('leading', leads);
    this.logger.log(leads ? 'leading' : 'no longer leading');
  }
}
