import { ProblemError } from '#libs/errors';
import { sqlStateOf } from '#libs/resilience';
import type { LentConnection } from './connections.js';

/**
 * Runs one statement of a transaction. The values of a tagged template become the parameters of the statement, so a value is
 * never read as SQL; without the tag, they are given beside the text: `sql('DELETE FROM articles WHERE slug = $1', [slug])`.
 */
export interface Sql {
  <Row>(template: TemplateStringsArray, ...values: readonly unknown[]): Promise<Row[]>;
  <Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

type RunStatement = <Row>(text: string, parameters?: readonly unknown[]) => Promise<Row[]>;

/** Gives a function that runs a statement both forms. */
function sqlBy(run: RunStatement): Sql {
  return <Row>(statement: string | TemplateStringsArray, ...values: readonly unknown[]) => {
    if (typeof statement === 'string')
      return run<Row>(statement, values[0] as readonly unknown[] | undefined);
    const text = statement.reduce((front, rest, n) => `${front}$${n}${rest}`);
    return run<Row>(text, values);
  };
}

/**
 * Called with what a transaction is about to commit, while it holds its rows; to be short. What it throws rolls the
 * transaction back.
 */
export type BeforeCommit<T> = (value: T) => Promise<void>;

/**
 * `row`: the key's row has this version now. `removed`: its row is gone. `derived`: the key's answer is made of other rows too,
 * so that the order of versions is not the order of commits. `all`: everything is stale.
 */
export type ChangeKind = 'row' | 'removed' | 'derived' | 'all';

/** A thing that a transaction changed, and the version that it has had since. */
export interface Change {
  /** As in the cache: `article:hello`. */
  readonly key: string;
  readonly version: number;
  readonly kind: ChangeKind;
  /** The groups whose lists are stale; null from the triggers of an earlier release. */
  readonly groups: readonly string[] | null;
}

/** The same as the outbox holds it. bigint arrives as text: the driver will not lose digits on its own. */
export interface RecordedChange {
  readonly key: string;
  readonly version: string;
  readonly kind: string;
  readonly groups: readonly string[] | null;
}

const KINDS: ReadonlySet<string> = new Set<ChangeKind>(['row', 'removed', 'derived', 'all']);

/** A kind that this release does not know is one that is applied whatever its version. */
export function changeOf({ key, version, kind, groups }: RecordedChange): Change {
  return { key, version: Number(version), kind: isKind(kind) ? kind : 'derived', groups };
}

function isKind(text: string): text is ChangeKind {
  return KINDS.has(text);
}

/** The result of a committed transaction. */
export interface Written<T> {
  readonly value: T;
  /** Everything that it changed, by whatever trigger; a key may be there more than once. */
  readonly changes: readonly Change[];
}

/** `unknown`: the connection or the time ran out during the commit, and whether it was carried out is unknown. */
export type Fate = 'not-made' | 'unknown';

const RETRY_AFTER_SECONDS = 2;

const DETAIL: Record<Fate, string> = {
  'not-made': 'The change was not made, since the catalogue cannot be changed right now. Try again shortly.',
  unknown:
    'The change may have been made or not: the answer to its commit was lost. Try again with the same Idempotency-Key or If-Match, which makes that safe.',
};

/** The problem for a client if Postgres cannot make a change now. */
export function writeUnavailable(fate: Fate, cause: unknown): ProblemError {
  return new ProblemError('WRITE_UNAVAILABLE', {
    detail: DETAIL[fate],
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause,
  });
}

/** The refusal of a change while Postgres serves reads alone. */
export function readOnly(cause: unknown): ProblemError {
  return new ProblemError('WRITE_UNAVAILABLE', {
    detail: 'The change was not made: the catalogue is read-only right now. Try again shortly.',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause,
  });
}

/**
 * SQLSTATEs (PostgreSQL, appendix A) of a transaction that Postgres rolled back in favour of another one, and that may
 * succeed when it is made again: 40001 serialization failure, 40P01 deadlock.
 */
const ROLLED_BACK = new Set(['40001', '40P01']);

/** A lock that was not to be had in time. */
const LOCK_NOT_AVAILABLE = '55P03';

/** Whether the same transaction, or the same statement on its own, may succeed at once. */
export function isWorthAnotherTry(error: unknown): boolean {
  return ROLLED_BACK.has(sqlStateOf(error) ?? '');
}

/** Whether another transaction was in the way. */
export function isContention(error: unknown): boolean {
  return isWorthAnotherTry(error) || sqlStateOf(error) === LOCK_NOT_AVAILABLE;
}

/**
 * Named, since a database may have a stricter default: there a transaction fails that waited for a row which another one
 * changed, and a statement that follows a lock does not see what the lock was waited for.
 */
const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED';

const CHANGES_OF_THIS_TRANSACTION = `
  SELECT key, version, kind, groups FROM outbox WHERE transaction = pg_current_xact_id_if_assigned()`;

/** The progress of a transaction, to report its outcome. */
export interface Progress {
  fate: Fate;
}

/** What a transaction consists of. */
export interface Transaction<T> {
  readonly work: (sql: Sql) => Promise<T>;
  readonly beforeCommit: BeforeCommit<T>;
}

/**
 * Runs statements as one transaction and commits it, or rolls it back if anything fails.
 *
 * @param signal once it has aborted nothing is sent any more but the end of it
 * @param progress kept up to date while it runs
 * @throws what `work` and `beforeCommit` throw; the driver's and the server's own errors
 */
export async function commit<T>(
  connection: LentConnection,
  { work, beforeCommit }: Transaction<T>,
  signal: AbortSignal,
  progress: Progress,
): Promise<Written<T>> {
  const sql = sqlBy(async (text, parameters) => {
    // The caller already has an error: the transaction must not be committed after that.
    signal.throwIfAborted();
    return connection.query(text, parameters);
  });
  try {
    await sql(BEGIN);
    const value = await work(sql);
    const [changes] = await Promise.all([
      sql<RecordedChange>(CHANGES_OF_THIS_TRANSACTION),
      beforeCommit(value),
    ]);
    signal.throwIfAborted();
    // guard(commit-may-have-been-made): drop
    progress.fate = 'unknown';
    await connection.query('COMMIT');
    return { value, changes: changes.map(changeOf) };
  } catch (error) {
    // Behind a statement that was given up nothing is heard: the connection is closed, which ends the transaction too.
    // The same ends one that cannot be rolled back: the next user of the connection would write into it.
    // guard(refused-write-is-rolled-back): drop
    if (!connection.isBroken) await connection.query('ROLLBACK').catch(() => connection.spend());
    throw error;
  }
}
