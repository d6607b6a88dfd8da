import { setTimeout as pause } from 'node:timers/promises';
import { DataSource, type DataSourceOptions, type MigrationInterface, type QueryRunner } from 'typeorm';
import type { DatabaseConfig } from '#libs/config';
import { type Functions, OutboxSchema1700000000000, outboxFunctions } from './outbox-schema.js';
import { type RecordingSchema, repairRecording } from './recording.js';
import { SHARED_MIGRATIONS, trackingFunctions } from './shared-migrations.js';

/** Any constant does; it only has to be the same in every process that migrates this database. */
const MIGRATION_LOCK = 7_310_467;

/**
 * How long a migration waits for a table that others use. Every read of that table queues behind it meanwhile, so it gives up
 * soon, lets them pass, and tries again.
 */
const LOCK_WAIT_MS = 200;
const RETRY_AFTER_MS = 1_000;
const GIVE_UP_AFTER_MS = 10 * 60_000;

/** Lock not available, deadlock detected: the statement may succeed the next time. */
const BLOCKED = new Set(['55P03', '40P01']);

export interface MigrationOptions {
  /** The application's own migrations, which run after those that make the outbox. Default: none. */
  readonly migrations?: readonly (new () => MigrationInterface)[];
  /** What makes the outbox, and what is repaired. Default: the outbox of this lib, for tables of `trackTable`. */
  readonly recording?: RecordingSchema;
  /** How long a migration is tried again that other sessions block, in milliseconds. Default: 10 minutes. */
  readonly giveUpAfterMs?: number;
  /** Called with the sessions that block a migration, in words, once for each set of them. */
  readonly onBlocked?: (sessions: string) => void;
}

export type MigrationErrorCode = 'MIGRATION_BLOCKED' | 'MIGRATION_FAILED';

const OUTBOX: RecordingSchema = {
  migrations: [OutboxSchema1700000000000],
  functions: outboxFunctions,
  triggers: () => ({}),
};

/** The schema is not up to date; what was migrated before stays. The message says all that there is to say. */
export class MigrationError extends Error {
  constructor(
    readonly code: MigrationErrorCode,
    detail: string,
    cause: unknown,
  ) {
    super(`${code}: ${detail}`, { cause });
    this.name = 'MigrationError';
  }
}

/** Other applications call theirs `migrations`. */
const MIGRATIONS_TABLE = 'hotshelf_migrations';

/**
 * One connection without a statement timeout: building an index may take as long as it takes.
 *
 * @param lockWaitMs how long a statement waits for a lock, in milliseconds; 0 for as long as it takes
 */
export function migrationDataSource(config: DatabaseConfig, lockWaitMs: number): DataSourceOptions {
  return {
    type: 'postgres',
    url: config.directUrl,
    applicationName: 'hotshelf-migrate',
    poolSize: 1,
    connectTimeoutMS: config.connectTimeoutMs,
    extra: { lock_timeout: lockWaitMs },
    migrationsTableName: MIGRATIONS_TABLE,
    migrationsTransactionMode: 'each',
  };
}

/**
 * Brings the schema up to date. Safe to run from many processes at once: an advisory lock lets one work while
 * the others wait and then find nothing left to do.
 *
 * @returns the names of the migrations that ran now, oldest first, and what was repaired of earlier ones
 * @throws MigrationError
 */
export async function runMigrations(
  config: DatabaseConfig,
  options: MigrationOptions = {},
): Promise<readonly string[]> {
  const { recording = OUTBOX, migrations = [] } = options;
  const migrating = new DataSource({
    ...migrationDataSource(config, LOCK_WAIT_MS),
    migrations: [...recording.migrations, ...SHARED_MIGRATIONS, ...migrations],
  });
  const locking = new DataSource({ ...migrationDataSource(config, 0), migrations: [] });
  try {
    await Promise.all([migrating.initialize(), locking.initialize()]);
    await locking.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await takeOver(locking, recording);
    const before = new Set(await ranIn(locking));
    const repaired = await runPatiently(migrating, locking, options);
    return [...(await ranIn(locking)).filter((name) => !before.has(name)), ...repaired];
  } catch (error) {
    if (error instanceof MigrationError) throw error;
    const state = stateOf(error);
    const detail = error instanceof Error ? error.message : String(error);
    throw new MigrationError(
      'MIGRATION_FAILED',
      state === '' ? detail : `${detail} (SQLSTATE ${state})`,
      error,
    );
  } finally {
    // Closing the session gives its advisory lock back, whatever happened.
    for (const each of [locking, migrating]) if (each.isInitialized) await each.destroy();
  }
}

async function runPatiently(
  migrating: DataSource,
  observing: DataSource,
  { recording = OUTBOX, giveUpAfterMs = GIVE_UP_AFTER_MS, onBlocked = () => undefined }: MigrationOptions,
): Promise<readonly string[]> {
  const untilMs = performance.now() + giveUpAfterMs;
  for (let reported = ''; ; ) {
    try {
      await migrating.runMigrations();
      const functions: Functions = (schema) => ({
        ...recording.functions(schema),
        ...outboxFunctions(schema),
        ...trackingFunctions(schema),
      });
      return await repairRecording(migrating, { ...recording, functions });
    } catch (error) {
      if (!BLOCKED.has(stateOf(error))) throw error;
      const sessions = await sessionsInTheWay(observing);
      if (performance.now() >= untilMs)
        throw new MigrationError('MIGRATION_BLOCKED', inTheWay(sessions), error);
      if (sessions !== reported) onBlocked(sessions);
      reported = sessions;
      await pause(RETRY_AFTER_MS);
    }
  }
}

const inTheWay = (sessions: string) =>
  `a table is in use for too long by ${sessions}. End these transactions and migrate again; nothing has to be undone`;

/** The oldest transactions that hold a table of this schema. */
const HOLDERS = `
  SELECT pid, coalesce(nullif(application_name, ''), 'an unnamed application') AS name, usename AS role
  FROM pg_stat_activity
  WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND application_name <> 'hotshelf-migrate' AND pid IN (
    SELECT pid FROM pg_locks WHERE granted AND relation IN (
      SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
    )
  )
  ORDER BY xact_start LIMIT 3`;

async function sessionsInTheWay(observing: DataSource): Promise<string> {
  const rows: { pid: number; name: string; role: string }[] = await observing.query(HOLDERS);
  const named = rows.map(({ pid, name, role }) => `process ${pid} (${name}, role ${role})`);
  return named.length === 0 ? 'sessions that have ended since' : named.join(', ');
}

/**
 * The migrations of an earlier release stand in a table that other applications have too. Ours are taken over; the table stays,
 * for that release.
 */
async function takeOver(dataSource: DataSource, { migrations }: RecordingSchema): Promise<void> {
  const [found] = await dataSource.query(
    `SELECT to_regclass($1) IS NOT NULL AS done, count(*) = 2 AS possible FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name = 'migrations' AND column_name IN ('name', 'timestamp')`,
    [MIGRATIONS_TABLE],
  );
  if (found.done || !found.possible) return;
  const names = [...migrations, ...SHARED_MIGRATIONS].map((Migration) => new Migration().name);
  await dataSource.transaction(async (manager) => {
    await manager.query(
      `CREATE TABLE ${MIGRATIONS_TABLE} (id serial PRIMARY KEY, timestamp bigint NOT NULL, name varchar NOT NULL)`,
    );
    await manager.query(
      `INSERT INTO ${MIGRATIONS_TABLE} (timestamp, name)
       SELECT timestamp::text::bigint, name::text FROM migrations WHERE name::text = ANY($1) ORDER BY 1`,
      [names],
    );
  });
}

async function ranIn(dataSource: DataSource): Promise<string[]> {
  const [table] = await dataSource.query('SELECT to_regclass($1) IS NOT NULL AS exists', [MIGRATIONS_TABLE]);
  if (!table.exists) return [];
  const rows: { name: string }[] = await dataSource.query(
    `SELECT name FROM ${MIGRATIONS_TABLE} ORDER BY timestamp`,
  );
  return rows.map(({ name }) => name);
}

/** The SQLSTATE of an error of Postgres; empty for any other. */
function stateOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : '';
}

/**
 * A migration of plain statements.
 *
 * @param name unique, and ending in a timestamp in milliseconds, in whose order migrations run
 */
export function migration(
  name: string,
  up: readonly string[],
  down: readonly string[],
): new () => MigrationInterface {
  const run = async (runner: QueryRunner, statements: readonly string[]) => {
    for (const statement of statements) await runner.query(statement);
  };
  return class implements MigrationInterface {
    readonly name = name;

    up(runner: QueryRunner): Promise<void> {
      return run(runner, up);
    }

    down(runner: QueryRunner): Promise<void> {
      return run(runner, down);
    }
  };
}
