import { join } from 'node:path';
import { startGuard } from '#src/apps/local/src/guard/start-guard';
import { startPostgres } from '#src/apps/local/src/postgres/start-postgres';
import { privateRedis } from '#src/apps/local/src/redis/apt/private-redis';
import { serverOnPath } from '#src/apps/local/src/redis/on-path';
import type { ServerCommand } from '#src/apps/local/src/redis/server-command';

export type TestServers =
  | { kind: 'started'; environment: NodeJS.ProcessEnv; stop(): Promise<void> }
  | { kind: 'unavailable'; reason: string };

/**
 * What every test file shares: one Postgres, in which each file makes a database of its own, and the command of
 * a Redis, of which each file starts its own. Nobody else's servers are ever touched, whatever their ports.
 */
export async function startTestServers(root: string): Promise<TestServers> {
  const redis = await redisCommand(join(root, '.hotshelf/redis'));
  if (redis.kind === 'unavailable') return redis;
  const guard = await startGuard();
  const postgres = await startPostgres({
    guard,
    home: join(root, '.hotshelf/test-postgres'),
    // Durability is not under test and costs most of the time.
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: '200',
      shared_preload_libraries: 'pg_stat_statements',
    },
  });
  const environment = {
    ...process.env,
    TEST_POSTGRES_URL: postgres.url,
    TEST_REDIS: JSON.stringify(redis.server),
  };
  return { kind: 'started', environment, stop: () => guard.stop() };
}

type RedisCommand = { kind: 'found'; server: ServerCommand } | { kind: 'unavailable'; reason: string };

/** The distribution's current Redis rather than whatever is installed: the tests should mean the same everywhere. */
async function redisCommand(home: string): Promise<RedisCommand> {
  const own = await privateRedis(home);
  if (own.kind === 'ready') return { kind: 'found', server: { command: own.command, args: own.args } };
  const installed = await serverOnPath();
  if (installed.kind === 'found') return installed;
  return { kind: 'unavailable', reason: `${own.reason}; ${installed.reason}` };
}
