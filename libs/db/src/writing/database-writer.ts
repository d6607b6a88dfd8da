import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ProblemError } from '#libs/errors';
import { isPostgresUnavailable, PostgresPolicy } from '#libs/resilience';
import { databaseUnavailable } from '../database-unavailable.js';
import type { Change, Sql, Written } from './written.js';

const CHANGES_OF_THIS_TRANSACTION = `
  SELECT key, version FROM outbox WHERE transaction = pg_current_xact_id_if_assigned()`;

type Transacted<T> =
  | { readonly kind: 'committed'; readonly written: Written<T> }
  | { readonly kind: 'refused'; readonly problem: ProblemError };

/** Writes to Postgres: whole transactions, and what they changed. */
@Injectable()
export class DatabaseWriter {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(PostgresPolicy) private readonly policy: PostgresPolicy,
  ) {}

  /**
   * Runs statements as one transaction, under the policy for Postgres.
   *
   * @param work may throw a ProblemError to refuse: nothing of the transaction stays then
   * @throws what `work` refuses with; ProblemError `ORIGIN_UNAVAILABLE` where Postgres can not answer now, when
   *   it may have been committed all the same; the statement's own error otherwise
   */
  async write<T>(work: (sql: Sql) => Promise<T>): Promise<Written<T>> {
    if (!this.dataSource.isInitialized) throw databaseUnavailable('not connected yet');
    const outcome = await this.policy.run((signal) => this.transact(work, signal));
    if (outcome.kind === 'skipped') throw databaseUnavailable(outcome.why);
    if (outcome.kind === 'failed') {
      throw isPostgresUnavailable(outcome.error) ? databaseUnavailable(outcome.error) : outcome.error;
    }
    if (outcome.value.kind === 'refused') throw outcome.value.problem;
    return outcome.value.written;
  }

  /** A refusal is an answer of a healthy Postgres: as an error it would count against it. */
  private async transact<T>(work: (sql: Sql) => Promise<T>, signal: AbortSignal): Promise<Transacted<T>> {
    const runner = this.dataSource.createQueryRunner();
    const sql: Sql = async <Row>(text: string, parameters: readonly unknown[] = []) => {
      // Whoever waited has been told by now that it failed: it must not be committed behind their back.
      signal.throwIfAborted();
      const { records } = await runner.query(text, [...parameters], true);
      return records as Row[];
    };
    try {
      await runner.startTransaction();
      const value = await work(sql);
      const changes = await sql<{ key: string; version: string }>(CHANGES_OF_THIS_TRANSACTION);
      signal.throwIfAborted();
      await runner.commitTransaction();
      return { kind: 'committed', written: { value, changes: changes.map(toChange) } };
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      if (error instanceof ProblemError) return { kind: 'refused', problem: error };
      throw error;
    } finally {
      await runner.release();
    }
  }
}

/** bigint arrives as text: the driver will not lose digits on its own. */
function toChange({ key, version }: { readonly key: string; readonly version: string }): Change {
  return { key, version: Number(version) };
}
