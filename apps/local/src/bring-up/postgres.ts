import { join } from 'node:path';
import { serverAddress } from '../checks/server-address.js';
import type { LocalEnv } from '../local-env.js';
import { shownPath } from '../output/shown-path.js';
import { complain, say } from '../output/terminal.js';
import { startPostgres } from '../postgres/start-postgres.js';
import type { Stack } from '../stack/stack.js';
import { describeExit } from './describe-exit.js';

export type Database =
  | { readonly kind: 'given'; readonly url: string }
  | { readonly kind: 'ours'; readonly url: string };

/** The Postgres of `DATABASE_URL`, or one of our own. */
export async function bringUpPostgres(env: LocalEnv, stack: Stack): Promise<Database> {
  if (env.databaseUrl !== undefined) {
    say(`Postgres   ${serverAddress(env.databaseUrl)}, named by DATABASE_URL`);
    return { kind: 'given', url: env.databaseUrl };
  }
  const postgres = await startPostgres({ guard: stack, home: join(env.home, 'postgres') });
  const log = shownPath(postgres.logFile);
  stack.add('postgres', postgres, (exit) =>
    complain(
      `Postgres has ended by itself (${describeExit(exit)}). What the caches hold is still served; npm start brings it back. Its log: ${log}`,
    ),
  );
  say(`Postgres   port ${postgres.port}, data in ${shownPath(postgres.dataFolder)}`);
  return { kind: 'ours', url: postgres.url };
}
