import type { LocalEnv } from '../local-env.js';
import { checkDatabaseUrl } from './check-database-url.js';
import { checkPort } from './check-port.js';
import { checkRedisUrl } from './check-redis-url.js';

/**
 * Tries out what the environment names, all at once, before anything is started for it.
 *
 * @returns a line for every variable that does not do; none where all do. Settles within 3 s.
 */
export async function checkEnvironment({ host, port, databaseUrl, redisUrl }: LocalEnv): Promise<string[]> {
  const found = await Promise.all([
    checkPort(host, port),
    databaseUrl === undefined ? undefined : checkDatabaseUrl(databaseUrl),
    redisUrl === undefined || redisUrl === '' ? undefined : checkRedisUrl(redisUrl),
  ]);
  return found.filter((complaint) => complaint !== undefined);
}
