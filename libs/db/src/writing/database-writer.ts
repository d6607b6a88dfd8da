import { Inject, Injectable } from '@nestjs/common';
import { ProblemError } from '#libs/errors';
import { isPostgresUnavailable, type Lane, PostgresWriteLane } from '#libs/resilience';
import { Connections } from '../pool/connections.js';
import { isContention } from './contention.js';
import { commit, type Progress } from './transaction.js';
import { writeUnavailable } from './write-unavailable.js';
import type { Sql, Written } from './written.js';

type Transacted<T> =
  | { readonly kind: 'committed'; readonly written: Written<T> }
  | { readonly kind: 'refused'; readonly problem: ProblemError };

/** Writes to Postgres: whole transactions, and what they changed. */
@Injectable()
export class DatabaseWriter {
  constructor(
    private readonly connections: Connections,
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
    if (!this.connections.areThere) throw writeUnavailable('not-made', 'not connected yet');
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
    try {
      const written = await this.connections.lend((connection) => commit(connection, work, signal, progress));
      return { kind: 'committed', written };
    } catch (error) {
      const refusal = isContention(error) ? writeUnavailable('not-made', error) : error;
      if (refusal instanceof ProblemError) return { kind: 'refused', problem: refusal };
      throw error;
    }
  }
}
