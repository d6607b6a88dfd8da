import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isPostgresUnavailable, PostgresPolicy, RecoveryProbe } from '#libs/resilience';
import { databaseUnavailable } from './database-unavailable.js';

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
  private closing = false;
  private opening: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    @Inject(PostgresPolicy) private readonly policy: PostgresPolicy,
  ) {
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
   * Runs one statement under the policy for Postgres.
   *
   * @throws ProblemError `ORIGIN_UNAVAILABLE` where Postgres can not answer now; the statement's own error otherwise
   */
  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    if (!this.dataSource.isInitialized) throw databaseUnavailable('not connected yet');
    const outcome = await this.policy.run(() => this.dataSource.query<Row[]>(sql, [...parameters]));
    if (outcome.kind === 'answered') return outcome.value;
    if (outcome.kind === 'skipped') throw databaseUnavailable(outcome.why);
    throw isPostgresUnavailable(outcome.error) ? databaseUnavailable(outcome.error) : outcome.error;
  }

  /** Asks Postgres for a sign of life past the breaker, and closes the breaker when it answers. */
  async probe(): Promise<void> {
    if (!this.dataSource.isInitialized) throw new Error('not connected yet');
    await this.dataSource.query('SELECT 1');
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
