import { setTimeout as wait } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DatabaseConfig } from '#libs/config';
import { ProblemError } from '#libs/errors';
import {
  isPostgresUnavailable,
  isReadOnlyRefusal,
  type Lane,
  type Outcome,
  sqlStateOf,
} from '#libs/resilience';
import { PostgresWriteLane } from '#libs/resilience/nest';
import { CombinedChanges, type CombinedStatements } from './combined-changes.js';
import { Connections, type LentConnection } from './connections.js';
import type { PreparedStatement } from './session.js';
import {
  type BeforeCommit,
  commit,
  isContention,
  isWorthAnotherTry,
  type Progress,
  readOnly,
  type Sql,
  type Written,
  writeUnavailable,
} from './transaction.js';

type Attempted<T> =
  | { readonly kind: 'committed'; readonly value: T }
  | { readonly kind: 'refused'; readonly problem: ProblemError };

/** One try of a write over a connection. Its progress says whether it may have been committed if it fails. */
type Attempt<T> = (connection: LentConnection, signal: AbortSignal, progress: Progress) => Promise<T>;

/** How often a write is repeated that Postgres rolled back in favour of another one. */
const MAX_RETRIES = 3;
/** Before the n-th retry a writer waits for up to n times as long, in milliseconds: those that met would meet again. */
const RETRY_WITHIN_MS = 20;

const NOTHING = () => Promise.resolve();

/** Writes to Postgres: transactions, and statements that commit by themselves. */
@Injectable()
export class DatabaseWriter {
  constructor(
    private readonly connections: Connections,
    @Inject(PostgresWriteLane) private readonly lane: Lane,
    private readonly config: DatabaseConfig,
  ) {}

  /**
   * Runs statements as one transaction, under the policy for Postgres, in the lane of the writes.
   *
   * @param work may throw a ProblemError to refuse: the transaction is rolled back then. Runs again if Postgres rolled the
   *   transaction back in favour of another one
   * @param beforeCommit called with the value of `work` before the commit, as often as it runs; default: nothing
   * @throws what `work` refuses with; ProblemError `WRITE_UNAVAILABLE` if Postgres cannot do it now; if the commit was
   *   under way, it may have been made; the statement's own error otherwise
   */
  write<T>(work: (sql: Sql) => Promise<T>, beforeCommit: BeforeCommit<T> = NOTHING): Promise<Written<T>> {
    const transaction = { work, beforeCommit };
    return this.run((connection, signal, progress) => commit(connection, transaction, signal, progress));
  }

  /**
   * Runs one statement that commits by itself, prepared: one round trip. Isolation and lock timeout are the session's.
   *
   * @returns its rows, each as the list of its values
   * @throws ProblemError `WRITE_UNAVAILABLE` if Postgres cannot do it now; if no answer came, it may have been made; the
   *   statement's own error otherwise
   */
  alone<Row extends readonly unknown[]>(
    { name, text }: PreparedStatement,
    parameters: readonly unknown[],
  ): Promise<Row[]> {
    const statement = { name: this.config.preparedStatements ? name : '', text };
    return this.run(
      (connection, signal, progress) =>
        runAlone<Row>(connection, () => connection.load<Row>(statement, parameters), signal, progress),
      true,
    );
  }

  /** Makes changes of single rows, combined while all slots for writes are taken. */
  combined<By, Row>(statements: CombinedStatements<By, Row>): CombinedChanges<By, Row> {
    return new CombinedChanges(this.config.writeConcurrency, statements);
  }

  /**
   * @param goesOn whether the write may be committed after it was given up here. Postgres bounds it, and its end shows what
   *   became of it, so that is waited for; default: it is rolled back
   */
  private async run<T>(attempt: Attempt<T>, goesOn = false): Promise<T> {
    if (!this.connections.areThere) throw writeUnavailable('not-made', 'not connected yet');
    if (this.connections.isReadOnly) throw readOnly('known already');
    const progress: Progress = { fate: 'not-made' };
    let sent: Promise<Attempted<T>> | undefined;
    const first = await this.lane.run((signal) => {
      sent = this.attempt(attempt, signal, progress);
      return sent;
    });
    const isOpen = goesOn && first.kind === 'failed' && progress.fate === 'unknown';
    // guard(given-up-change-is-followed): = first
    const outcome = isOpen && sent !== undefined ? await outcomeOf(sent) : first;
    if (outcome.kind === 'skipped') throw writeUnavailable('not-made', outcome.why);
    if (outcome.kind === 'failed') {
      if (isReadOnlyRefusal(outcome.error)) throw readOnly(outcome.error);
      throw isPostgresUnavailable(outcome.error)
        ? writeUnavailable(progress.fate, outcome.error)
        : outcome.error;
    }
    if (outcome.value.kind === 'refused') throw outcome.value.problem;
    return outcome.value.value;
  }

  /** A refusal is an answer of a healthy Postgres: as an error it would count against it. */
  private async attempt<T>(
    attempt: Attempt<T>,
    signal: AbortSignal,
    progress: Progress,
  ): Promise<Attempted<T>> {
    try {
      return { kind: 'committed', value: await this.repeat(attempt, signal, progress) };
    } catch (error) {
      const refusal = isContention(error) ? writeUnavailable('not-made', error) : error;
      if (refusal instanceof ProblemError) return { kind: 'refused', problem: refusal };
      throw error;
    }
  }

  private async repeat<T>(attempt: Attempt<T>, signal: AbortSignal, progress: Progress): Promise<T> {
    for (let retry = 1; ; retry += 1) {
      try {
        return await this.connections.lend((connection) => attempt(connection, signal, progress));
      } catch (error) {
        if (!isWorthAnotherTry(error) || retry > MAX_RETRIES) throw error;
        progress.fate = 'not-made';
        await wait(Math.random() * RETRY_WITHIN_MS * retry, undefined, { signal });
      }
    }
  }
}

/**
 * Servers that get a stop signal say so to a session whose statement is already committed, while it waits for a
 * standby: class 57P (PostgreSQL, appendix A).
 */
const STOPPING = /^57P/;

/**
 * Runs one statement that commits by itself.
 *
 * @param statement runs it once
 * @param signal once it has aborted, the statement is not sent any more
 * @param progress kept up to date while it runs
 * @throws the driver's and the server's own errors
 */
async function runAlone<Row>(
  connection: LentConnection,
  statement: () => Promise<Row[]>,
  signal: AbortSignal,
  progress: Progress,
): Promise<Row[]> {
  // Its client already has an error: the transaction must not be committed after that.
  signal.throwIfAborted();
  progress.fate = 'unknown';
  try {
    return await statement();
  } catch (error) {
    // What Postgres itself refuses is rolled back.
    if (!connection.isBroken && !STOPPING.test(sqlStateOf(error) ?? '')) progress.fate = 'not-made';
    throw error;
  }
}

async function outcomeOf<T>(call: Promise<T>): Promise<Outcome<T>> {
  try {
    return { kind: 'answered', value: await call };
  } catch (error) {
    return { kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) };
  }
}
