import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DatabaseConfig } from '#libs/config';
import {
  BudgetedRetry,
  isPostgresUnavailable,
  PostgresPolicy,
  RecoveryProbe,
  ResilienceEvents,
} from '#libs/resilience';
import { databaseUnavailable } from './database-unavailable.js';
import { isConnectionLost } from './pool/connection-lost.js';
import { Connections } from './pool/connections.js';
import type { PreparedStatement } from './pool/prepared-statement.js';
import { askForSignOfLife } from './sign-of-life.js';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1_000;

/**
 * The service's way to Postgres. The process does not wait for it to start: what Redis or memory can answer is
 * answered meanwhile, and the link keeps trying in the background until it stands.
 */
@Injectable()
export class DatabaseLink implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Postgres');
  private retry: NodeJS.Timeout | undefined;
  private readonly recovery: RecoveryProbe;
  private readonly retrying: BudgetedRetry;
  private closing = false;
  private opening: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly connections: Connections,
    private readonly config: DatabaseConfig,
    @Inject(PostgresPolicy) private readonly policy: PostgresPolicy,
    events: ResilienceEvents,
  ) {
    this.retrying = new BudgetedRetry('postgres', isConnectionLost, events);
    this.recovery = new RecoveryProbe(policy, () => this.probe());
  }

  async onModuleInit(): Promise<void> {
    this.opening = this.open(FIRST_RETRY_MS);
    await this.opening;
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing = true;
    this.recovery.stop();
    clearTimeout(this.retry);
    await this.opening;
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  /**
   * Runs one statement that only reads, under the policy for Postgres. Where the connection that it was sent over had died
   * it is sent once more, over another.
   *
   * @throws ProblemError `ORIGIN_UNAVAILABLE` where Postgres can not answer now; the statement's own error otherwise
   */
  query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.read((signal) => this.connections.query<Row>(sql, parameters, signal));
  }

  /**
   * The same for a statement that is sent over and over: each connection plans it once, and its rows come as the lists of
   * their values, in the order of the columns. Without its name where prepared statements are switched off.
   *
   * @throws ProblemError `ORIGIN_UNAVAILABLE` where Postgres can not answer now; the statement's own error otherwise
   */
  load<Row extends readonly unknown[]>(
    { name, text }: PreparedStatement,
    parameters: readonly unknown[],
  ): Promise<Row[]> {
    const statement = { name: this.config.preparedStatements ? name : '', text };
    return this.read((signal) => this.connections.load<Row>(statement, parameters, signal));
  }

  private async read<Row>(statement: (signal: AbortSignal) => Promise<Row[]>): Promise<Row[]> {
    if (!this.dataSource.isInitialized) throw databaseUnavailable('not connected yet');
    const outcome = await this.policy.run((signal) => this.retrying.run(() => statement(signal), signal));
    if (outcome.kind === 'answered') return outcome.value;
    if (outcome.kind === 'skipped') throw databaseUnavailable(outcome.why);
    throw isPostgresUnavailable(outcome.error) ? databaseUnavailable(outcome.error) : outcome.error;
  }

  /**
   * Asks Postgres for a sign of life past the breaker, and closes the breaker when it answers. While that is
   * open, over a connection of its own: those of the pool may be dead or taken, and that would be an answer about them.
   */
  async probe(): Promise<void> {
    if (!this.dataSource.isInitialized) throw new Error('not connected yet');
    if (this.policy.state === 'closed') await this.connections.query('SELECT 1', []);
    else await askForSignOfLife(this.config);
    this.policy.recovered();
  }

  private async open(retryMs: number): Promise<void> {
    try {
      await this.dataSource.initialize();
      this.logger.log('connected');
    } catch (error) {
      if (this.closing) return;
      this.logger.warn(`not reachable, trying again: ${error instanceof Error ? error.message : error}`);
      this.retry = setTimeout(() => {
        this.opening = this.open(Math.min(retryMs * 2, LAST_RETRY_MS));
      }, retryMs);
    }
  }
}
