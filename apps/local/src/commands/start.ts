import { becameReady, startApi } from '../bring-up/api.js';
import { describeExit, exitCodeOf } from '../bring-up/describe-exit.js';
import { migrate } from '../bring-up/migrate.js';
import { bringUpPostgres } from '../bring-up/postgres.js';
import { bringUpRedis } from '../bring-up/redis.js';
import { seedOnce } from '../bring-up/seed-once.js';
import { checkEnvironment } from '../checks/check-environment.js';
import { writeKeys } from '../key/development-key.js';
import { type LocalEnv, readLocalEnv } from '../local-env.js';
import { announce } from '../output/announce.js';
import { shownPath } from '../output/shown-path.js';
import { complain, say } from '../output/terminal.js';
import type { Stack } from '../stack/stack.js';
import { type Ending, withStack } from '../stack/with-stack.js';
import { type Claim, claimHome } from '../state/claim-home.js';

type HomeClaim = Extract<Claim, { kind: 'claimed' }>;

/**
 * `npm start`: the service on this machine with all that it needs, until it is told to stop.
 *
 * @returns the exit code
 */
export async function start(): Promise<number> {
  const read = readLocalEnv();
  if (read.kind === 'invalid') return refuse(read.complaints);
  const { env } = read;
  const claim = claimHome(env.home);
  if (claim.kind === 'held') {
    const who = claim.holder === undefined ? '' : ` (process ${claim.holder.pid})`;
    return refuse([
      `Another one${who} runs on ${shownPath(env.home)}: end it first, or give this one a HOTSHELF_HOME of its own.`,
    ]);
  }
  try {
    const complaints = await checkEnvironment(env);
    if (complaints.length > 0) return refuse(complaints);
    return await withStack(stopping, (stack) => serve(env, stack, claim));
  } finally {
    claim.release();
  }
}

/** In order, each as soon as what it needs is there. Ends when the api does. */
async function serve(env: LocalEnv, stack: Stack, claim: HomeClaim): Promise<Ending> {
  const [database, redisUrl] = await Promise.all([bringUpPostgres(env, stack), bringUpRedis(env, stack)]);
  const databaseUrl = database.url;
  await migrate({ env, stack, databaseUrl });
  await seedOnce(databaseUrl);
  if (database.kind === 'ours') claim.publish(databaseUrl);
  const keys = writeKeys(env.apiKeys);
  const api = await startApi(env, stack, { databaseUrl, redisUrl, apiKeys: keys.entries });
  if (await becameReady(api)) announce(api.url, keys.made);
  const exit = await api.process.exited;
  return { code: exitCodeOf(exit), complaint: `The api has ended by itself (${describeExit(exit)}).` };
}

function stopping(): Ending {
  say('\nStopping. Ctrl-C again ends everything at once.');
  return { code: 0 };
}

function refuse(complaints: readonly string[]): number {
  for (const complaint of complaints) complain(complaint);
  return 1;
}
