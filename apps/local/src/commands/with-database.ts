import { bringUpPostgres } from '../bring-up/postgres.js';
import { checkDatabaseUrl } from '../checks/check-database-url.js';
import { type LocalEnv, readLocalEnv } from '../local-env.js';
import { shownPath } from '../output/shown-path.js';
import { complain, say } from '../output/terminal.js';
import type { Stack } from '../stack/stack.js';
import { type Ending, withStack } from '../stack/with-stack.js';
import { claimHome, type Holder } from '../state/claim-home.js';

export interface DatabaseWork {
  readonly env: LocalEnv;
  readonly stack: Stack;
  readonly databaseUrl: string;
}

type Work = (context: DatabaseWork) => Promise<Ending>;

/**
 * Does a command's work on the database: that of `DATABASE_URL`, else the one that a running `npm start` has brought
 * up, else one that is brought up for the duration.
 *
 * @returns the exit code
 */
export async function withDatabase(work: Work): Promise<number> {
  const read = readLocalEnv();
  if (read.kind === 'invalid') return refuse(read.complaints.join('\n'));
  const { env } = read;
  if (env.databaseUrl !== undefined) return onGiven(env, env.databaseUrl, work);
  const claim = claimHome(env.home);
  if (claim.kind === 'held') return onHolders(env, claim.holder, work);
  try {
    return await withStack(interrupted, async (stack) => {
      const { url } = await bringUpPostgres(env, stack);
      return work({ env, stack, databaseUrl: url });
    });
  } finally {
    claim.release();
  }
}

async function onGiven(env: LocalEnv, databaseUrl: string, work: Work): Promise<number> {
  const complaint = await checkDatabaseUrl(databaseUrl);
  if (complaint !== undefined) return refuse(complaint);
  return withStack(interrupted, (stack) => work({ env, stack, databaseUrl }));
}

async function onHolders(env: LocalEnv, holder: Holder | undefined, work: Work): Promise<number> {
  const { pid, databaseUrl } = holder ?? {};
  if (databaseUrl === undefined) {
    return refuse(
      `Process ${pid ?? 'unknown'} runs on ${shownPath(env.home)} and offers no database: wait until it is ready, or set DATABASE_URL to the one it uses.`,
    );
  }
  say(`Postgres   the one of process ${pid}, which runs on ${shownPath(env.home)}`);
  return withStack(interrupted, (stack) => work({ env, stack, databaseUrl }));
}

function interrupted(): Ending {
  return { code: 130, complaint: 'Interrupted; what was under way is undone.' };
}

function refuse(complaint: string): number {
  complain(complaint);
  return 1;
}
