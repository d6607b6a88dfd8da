import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ProblemError } from '#libs/errors';
import { isPostgresUnavailable, type Lane, PostgresWriteLane } from '#libs/resilience';
import { isContention, LIMIT_LOCK_WAIT } from './contention.js';
import { type Connection, closeConnection, isUnanswered } from './unanswered.js';
import { type Fate, writeUnavailable } from './write-unavailable.js';
import type { Change, Sql, Written } from './written.js';

const CHANGES_OF_THIS_TRANSACTION = `
  SELECT key, version FROM outbox WHERE transaction = pg_current_xact_id_if_assigned()`;

/** How far a transaction has come, for whoever has to tell what became of it. */
interface Progress {
  fate: Fate;
}

type Transacted<T> =
  | { readonly kind: 'committed'; readonly written: Written<T> }
  | { readonly kind: 'refused'; readonly problem: ProblemError };

/** Writes to Postgres: whole transactions, and what they changed. */
@Injectable()
export class DatabaseWriter {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(PostgresWriteLane) private readonly lane: Lane,
  ) {}

  /**
   * Runs statements as one transaction, under the policy for Postgres, in the lane of the writes.
   *
   * @param work may throw a ProblemError to refuse: nothing of the transaction stays then
   * @throws what `work` refuses with; ProblemError `WRITE_UNAVAILABLE` where Postgres can not do it now; where the
   *   commit was under way it may have been made all the same; the statement's own error otherwise
   */
  async write<T>(work: (sql: Sql) => Promise<T>): Promise<Written<T>> {
    if (!this.dataSource.isInitialized) throw writeUnavailable('not-made', 'not connected yet');
    const progress: Progress = { fate: 'not-made' };
    const outcome = await this.lane.run((signal) => this.transact(work, signal, progress));
    if (outcome.kind === 'skipped') throw writeUnavailable('not-made', outcome.why);
    if (outcome.kind === 'failed') {
      throw isPostgresUnavailable(outcome.error)
        ? writeUnavailable(progress.fate, outcome.error)
        : outcome.error;
    }
    if (outcome.value.kind === 'refused') throw outcome.value.problem;
    return outcome.value.written;
  }

  /** A refusal is an answer of a healthy Postgres: as an error it would count against it. */
  private async transact<T>(
    work: (sql: Sql) => Promise<T>,
    signal: AbortSignal,
    progress: Progress,
  ): Promise<Transacted<T>> {
    const runner = this.dataSource.createQueryRunner();
    const sql: Sql = async <Row>(text: string, parameters: readonly unknown[] = []) => {
      // Whoever waited has been told by now that it failed: it must not be committed behind their back.
      signal.throwIfAborted();
      const { records } = await runner.query(text, [...parameters], true);
      return records as Row[];
    };
    let connection: Connection | undefined;
    try {
      connection = await runner.connect();
      await runner.startTransaction();
      await sql(LIMIT_LOCK_WAIT);
      const value = await work(sql);
      const changes = await sql<{ key: string; version: string }>(CHANGES_OF_THIS_TRANSACTION);
      signal.throwIfAborted();
      progress.fate = 'unknown';
      await runner.commitTransaction();
      return { kind: 'committed', written: { value, changes: changes.map(toChange) } };
    } catch (error) {
      if (isUnanswered(error)) closeConnection(connection);
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      const refusal = isContention(error) ? writeUnavailable('not-made', error) : error;
      if (refusal instanceof ProblemError) return { kind: 'refused', problem: refusal };
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
