import { join } from 'node:path';
import { PackagesUnavailable, type ProgramCommand } from '#src/apps/local/src/debian-packages';
import { FolderInUse, startPostgres } from '#src/apps/local/src/postgres';
import { redisOnPath, redisPackage } from '#src/apps/local/src/redis';
import { Services } from '#src/apps/local/src/services';
import { makeTemplate } from './catalogue.ts';

export interface StartedServers {
  readonly kind: 'started';
  readonly environment: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

export type TestServers = StartedServers | { readonly kind: 'unavailable'; readonly reason: string };

/** The same for a command that is nothing without them: it ends with 2, and says why. */
export async function requireTestServers(root: string): Promise<StartedServers> {
  const servers = await startTestServers(root);
  if (servers.kind === 'started') return servers;
  process.stderr.write(`This cannot run: ${servers.reason}\n`);
  process.exit(2);
}

/**
 * What every test file shares: one Postgres, in which each file makes a database of its own, and the command of
 * a Redis; each file starts its own. Servers of others are never touched, whatever their ports.
 */
export async function startTestServers(root: string): Promise<TestServers> {
  const redis = await redisCommand(join(root, '.hotshelf'));
  if (typeof redis === 'string') return { kind: 'unavailable', reason: redis };
  const services = new Services();
  const postgres = await startTestPostgres(services, root);
  if (postgres instanceof FolderInUse) return { kind: 'unavailable', reason: postgres.message };
  await makeTemplate(postgres.url);
  const environment = {
    ...process.env,
    TEST_POSTGRES_URL: postgres.url,
    TEST_REDIS: JSON.stringify(redis),
  };
  return { kind: 'started', environment, stop: () => services.stop() };
}

/** @returns the error if another run of this checkout has it */
function startTestPostgres(services: Services, root: string) {
  return startPostgres({
    services,
    home: join(root, '.hotshelf/test-postgres'),
    // Durability is not under test and costs most of the time.
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: '200',
      max_prepared_transactions: '20',
      shared_preload_libraries: 'pg_stat_statements',
      // Statements are counted by database. Where there are more than this, Postgres forgets those that ran least, and their counts.
      'pg_stat_statements.max': '50000',
    },
  }).catch((error: unknown) => {
    if (error instanceof FolderInUse) return error;
    throw error;
  });
}

/**
 * The distribution's current Redis rather than an installed one: the tests should mean the same everywhere.
 *
 * @returns why there is none instead
 */
async function redisCommand(folder: string): Promise<ProgramCommand | string> {
  try {
    return await redisPackage(folder);
  } catch (error) {
    if (!(error instanceof PackagesUnavailable)) throw error;
    return (
      (await redisOnPath()) ??
      `redis-server 7 or later is needed, on the PATH or where apt can fetch it: ${error.message}`
    );
  }
}
