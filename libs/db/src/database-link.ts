import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DatabaseConfig } from '#libs/config';
import { ProblemError } from '#libs/errors';
import {
  BudgetedRetry,
  isPostgresUnavailable,
  ProcessLogger,
  RecoveryProbe,
  ResilienceEvents,
} from '#libs/resilience';
import { PostgresPolicy } from '#libs/resilience/nest';
import { Connections } from './connections.js';
import { DATA_SOURCE } from './pool.js';
import { askForSignOfLife, isConnectionLost, type PreparedStatement } from './session.js';
import { isWorthAnotherTry } from './transaction.js';

const RETRY_AFTER_SECONDS = 2;

/** The problem for a client if Postgres cannot answer now. */
function databaseUnavailable(cause: unknown): ProblemError {
  return new ProblemError('ORIGIN_UNAVAILABLE', {
    detail: 'The catalogue cannot be read at the moment and no cache has this answer. Try again shortly.',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause,
  });
}

const mayBeSentAgain = (error: unknown) => isConnectionLost(error) || isWorthAnotherTry(error);

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1_000;
const GOODBYE_MS = 500;
/** A single check that fails may be one connection that was cut. */
const FAILED_CHECKS_OF_OUTAGE = 2;

/**
 * The service's way to Postgres. The process does not wait for it to start: what L2 or L1 can answer is
 * answered meanwhile, and the link keeps trying in the background until it stands.
 */
@Injectable()
export class DatabaseLink implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new ProcessLogger('Postgres');
  private retry: NodeJS.Timeout | undefined;
  private readonly recovery: RecoveryProbe;
  private readonly retrying: BudgetedRetry;
  private closing = false;
  private failedChecks = 0;
  private opening: Promise<void> = Promise.resolve();

  constructor(
    @InjectDataSource(DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly connections: Connections,
    private readonly config: DatabaseConfig,
    @Inject(PostgresPolicy) private readonly policy: PostgresPolicy,
    private readonly events: ResilienceEvents,
  ) {
    this.retrying = new BudgetedRetry('postgres', mayBeSentAgain, events);
    this.recovery = new RecoveryProbe(policy, () => this.probe());
  }

  /** Whether reads are served and changes are refused, as far as is known. */
  get isReadOnly(): boolean {
    return this.connections.isReadOnly;
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
    // A peer that vanished confirms no goodbye: the process ends without it.
    await Promise.race([this.connections.close(), pause(GOODBYE_MS, undefined, { ref: false })]);
  }

  /**
   * Runs one statement that only reads, under the policy for Postgres. If the connection that it was sent over had died,
   * or another transaction was in its way, it is sent once more.
   *
   * @throws ProblemError `ORIGIN_UNAVAILABLE` if Postgres cannot answer now; the statement's own error otherwise
   */
  query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.read((signal) => this.connections.query<Row>(sql, parameters, signal));
  }

  /**
   * The same for a statement that is sent over and over: each connection plans it once, and its rows come as the lists of
   * their values, in the order of the columns. Without its name if prepared statements are switched off.
   *
   * @throws ProblemError `ORIGIN_UNAVAILABLE` if Postgres cannot answer now; the statement's own error otherwise
   */
  load<Row extends readonly unknown[]>(
    { name, text }: PreparedStatement,
    parameters: readonly unknown[],
  ): Promise<Row[]> {
    const statement = { name: this.config.preparedStatements ? name : '', text };
    return this.read((signal) => this.connections.load<Row>(statement, parameters, signal));
  }

  private async read<Row>(statement: (signal: AbortSignal) => Promise<Row[]>): Promise<Row[]> {
    if (!this.connections.areThere) throw databaseUnavailable('not connected yet');
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
    if (!this.connections.areThere) throw new Error('not connected yet');
    try {
      if (this.policy.state === 'closed') await this.connections.query('SELECT 1', []);
      else await askForSignOfLife(this.config);
    } catch (error) {
      this.failedChecks += 1;
      if (!this.closing && this.failedChecks >= FAILED_CHECKS_OF_OUTAGE) this.unreachable(error);
      throw error;
    }
    this.failedChecks = 0;
    this.policy.recovered();
    this.events.emit('reached', 'postgres');
  }

  private unreachable(error: unknown): void {
    this.events.emit('unreachable', 'postgres', error instanceof Error ? error : new Error(String(error)));
  }

  private async open(retryMs: number): Promise<void> {
    try {
      await this.dataSource.initialize();
      this.logger.log('connected');
      this.events.emit('reached', 'postgres');
    } catch (error) {
      if (this.closing) return;
      this.unreachable(error);
      this.retry = setTimeout(() => {
        this.opening = this.open(Math.min(retryMs * 2, LAST_RETRY_MS));
      }, retryMs);
    }
  }
}
