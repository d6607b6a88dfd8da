import { join } from 'node:path';
import { serverAddress } from '../checks/server-address.js';
import type { LocalEnv } from '../local-env.js';
import { complain, say } from '../output/terminal.js';
import { type StartedRedis, startRedis } from '../redis/start-redis.js';
import type { Stack } from '../stack/stack.js';
import { describeExit } from './describe-exit.js';

const SOURCES = { path: 'on the PATH', package: "the distribution's package", docker: 'in Docker' } as const;
const ALONE = 'the service caches in its own memory alone';

/**
 * The Redis of `REDIS_URL`, or one of our own. That there is none to be had is no reason not to serve.
 *
 * @returns its URL; empty for none
 */
export async function bringUpRedis(env: LocalEnv, stack: Stack): Promise<string> {
  if (env.redisUrl === '') say(`Redis      none, as REDIS_URL is empty: ${ALONE}`);
  else if (env.redisUrl !== undefined) say(`Redis      ${serverAddress(env.redisUrl)}, named by REDIS_URL`);
  return env.redisUrl ?? (await startOurs(env, stack));
}

async function startOurs(env: LocalEnv, stack: Stack): Promise<string> {
  const redis = await startRedis({ guard: stack, home: join(env.home, 'redis'), onNote: say });
  if (redis.kind === 'unavailable') {
    complain(`Redis      none on this machine: ${ALONE}. ${redis.install}`);
    return '';
  }
  stack.add('redis', redis, (exit) =>
    complain(
      `Redis has ended by itself (${describeExit(exit)}). Reads go on from memory and Postgres; npm start brings it back.`,
    ),
  );
  say(`Redis      port ${redis.port}, ${describe(redis)}`);
  return redis.url;
}

function describe({ version, source }: StartedRedis): string {
  return `version ${version}, ${SOURCES[source]}`;
}
