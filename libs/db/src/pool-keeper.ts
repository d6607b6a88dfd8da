import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit, Optional } from '@nestjs/common';
import type pg from 'pg';
import { DatabaseConfig } from '#libs/config';
import { PostgresPolicy } from '#libs/resilience/nest';
import { Connections } from './connections.js';
import { readyConnections } from './data-source-options.js';
import { POSTGRES_POOL } from './given-pool.js';

const EVERY_MS = 1_000;

/**
 * Keeps as many connections open as there are slots for loads, also after some were lost. Opening one
 * takes several round trips: to a Postgres that has become slow, longer than a reader waits.
 */
@Injectable()
export class PoolKeeper implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private readonly wanted: number;

  constructor(
    private readonly connections: Connections,
    @Inject(PostgresPolicy) private readonly policy: PostgresPolicy,
    config: DatabaseConfig,
    @Optional() @Inject(POSTGRES_POOL) given?: pg.Pool | null,
  ) {
    // How many a pool of the application's own keeps is its own affair.
    this.wanted = given ? 0 : readyConnections(config);
  }

  onModuleInit(): void {
    this.timer = setInterval(() => this.fill(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private fill(): void {
    const { use } = this.connections;
    // A Postgres that is given up on is asked by one probe, not by everybody.
    if (use === null || use.total >= this.wanted || this.policy.state !== 'closed') return;
    this.connections.open(this.wanted);
  }
}
