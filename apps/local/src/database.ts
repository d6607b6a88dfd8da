import { join } from 'node:path';
import { describeExit } from './api.ts';
import { ensureBuilt } from './build.ts';
import { type CommandSpec, commandLine, type Options, USAGE_ERROR, type Values } from './command-line.ts';
import { checkDatabaseUrl, type LocalEnv, readLocalEnv, serverAddress } from './environment.ts';
import { FolderInUse } from './lock.ts';
import { startPostgres } from './postgres.ts';
import { hangUpWithNpm } from './processes.ts';
import { type Ending, type Services, withServices } from './services.ts';
import { complain, messageOf, say, shownPath } from './terminal.ts';

/** The Postgres of `DATABASE_URL`, or one of our own. */
export async function bringUpPostgres(env: LocalEnv, services: Services): Promise<string> {
  if (env.databaseUrl !== undefined) {
    say(`Postgres   ${serverAddress(env.databaseUrl)}, from DATABASE_URL`);
    return env.databaseUrl;
  }
  const postgres = await startPostgres({ services, home: join(env.home, 'postgres') });
  void postgres.exited.then((exit) => {
    if (services.areStopping) return;
    complain(
      `Postgres has ended by itself (${describeExit(exit)}). Cached entries are still served; npm start starts it again. Its log: ${shownPath(postgres.logFile)}`,
    );
  });
  say(`Postgres   port ${postgres.port}, data in ${shownPath(postgres.dataFolder)}`);
  return postgres.url;
}

/** The tools of a command on the database. */
export interface DatabaseWork {
  readonly env: LocalEnv;
  readonly services: Services;
  readonly databaseUrl: string;
}

/**
 * Runs an entry: reads its command line, builds if `dist` is out of date, does its work and ends the process.
 *
 * @param work gets the values of the flags
 */
export async function runCommand<const O extends Options>(
  spec: CommandSpec<O>,
  work: (values: Values<O>) => Promise<number>,
): Promise<never> {
  const { values } = commandLine(spec);
  hangUpWithNpm();
  if (!(await ensureBuilt())) process.exit(1);
  try {
    process.exit(await work(values));
  } catch (error) {
    complain(messageOf(error));
    process.exit(1);
  }
}

/**
 * Does a command's work on the database: that of `DATABASE_URL`, else the one that a running `npm start` has started,
 * else one that runs for the duration.
 *
 * @returns the exit code
 */
export async function withDatabase(work: (context: DatabaseWork) => Promise<Ending>): Promise<number> {
  const env = await readLocalEnv();
  if (typeof env === 'string') return refuse(env, USAGE_ERROR);
  const complaint = env.databaseUrl === undefined ? undefined : await checkDatabaseUrl(env.databaseUrl);
  if (complaint !== undefined) return refuse(complaint, 1);
  const interrupted = () => ({ code: 130, complaint: 'Interrupted; the work under way was rolled back.' });
  return withServices(interrupted, async (services) => {
    const databaseUrl = env.databaseUrl ?? (await ownDatabase(env, services));
    return work({ env, services, databaseUrl });
  });
}

async function ownDatabase(env: LocalEnv, services: Services): Promise<string> {
  try {
    return await bringUpPostgres(env, services);
  } catch (error) {
    const holder = error instanceof FolderInUse ? error.holder : undefined;
    if (holder?.databaseUrl === undefined) throw error;
    say(`Postgres   that of process ${holder.pid}, which runs on ${shownPath(env.home)}`);
    return holder.databaseUrl;
  }
}

export function refuse(complaint: string, code: number): number {
  complain(complaint);
  return code;
}
