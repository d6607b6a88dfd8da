import { join } from 'node:path';
import { ensureBuilt } from './build.ts';
import { type CommandSpec, commandLine, type Options, USAGE_ERROR, type Values } from './command-line.ts';
import { checkDatabase, type LocalEnv, readLocalEnv, serverAddress } from './environment.ts';
import { FolderInUse, startPostgres } from './postgres.ts';
import { hangUpWithNpm } from './processes.ts';
import { describeExit, Services } from './services.ts';
import { complain, messageOf, say, shownPath } from './terminal.ts';

/**
 * Runs an entry: reads its command line, builds if `dist` is out of date, does its work and ends the process.
 *
 * @param work gets the values of the flags, and returns the exit code
 * @param onInterrupt as of `withServices`
 */
export async function runCommand<const O extends Options>(
  spec: CommandSpec<O>,
  work: (values: Values<O>, services: Services) => Promise<number>,
  onInterrupt?: () => number,
): Promise<never> {
  const { values } = commandLine(spec);
  hangUpWithNpm();
  const code = await withServices(
    async (services) => ((await ensureBuilt(services)) ? work(values, services) : 1),
    onInterrupt,
  );
  process.exit(code);
}

/**
 * Does a command's work with services of its own, and takes them down when it is done, fails, or is interrupted. Later
 * signals change nothing: npm passes on one that the terminal has sent to this process too.
 *
 * @param onInterrupt says so, and returns the exit code
 * @returns the exit code
 */
export async function withServices(
  work: (services: Services) => Promise<number>,
  onInterrupt = rolledBack,
): Promise<number> {
  const services = new Services();
  const interruption = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interruption.resolve);
  const code = await Promise.race([interruption.promise.then(onInterrupt), work(services)]).catch(refuse);
  await services.stop();
  return code;
}

function rolledBack(): number {
  complain('Interrupted; the work under way was rolled back.');
  return 130;
}

function refuse(error: unknown): number {
  complain(messageOf(error));
  return error instanceof Error && error.name === 'ConfigError' ? USAGE_ERROR : 1;
}

/** The tools of a command on the database. */
export interface DatabaseWork {
  readonly env: LocalEnv;
  readonly services: Services;
  readonly databaseUrl: string;
}

/**
 * Runs an entry that works on the database: that of `DATABASE_URL`, else the one that a running `npm start` has started,
 * else one that runs for the duration.
 *
 * @param work as of `runCommand`
 */
export function runOnDatabase<const O extends Options>(
  spec: CommandSpec<O>,
  work: (context: DatabaseWork) => Promise<void>,
): Promise<never> {
  return runCommand(spec, async (_values, services) => {
    const env = await readLocalEnv();
    await checkDatabase(env);
    const databaseUrl = await bringUpPostgres(env, services).catch((error: unknown) => {
      if (!(error instanceof FolderInUse) || error.running === undefined) throw error;
      say(`Postgres   that of process ${error.running.starter}, which runs on ${shownPath(env.home)}`);
      return error.running.url;
    });
    await work({ env, services, databaseUrl });
    return 0;
  });
}

/** The Postgres of `DATABASE_URL`, or one of our own. */
export async function bringUpPostgres(env: LocalEnv, services: Services): Promise<string> {
  if (env.databaseUrl !== undefined) {
    say(`Postgres   ${serverAddress(env.databaseUrl)}, from DATABASE_URL`);
    return env.databaseUrl;
  }
  const postgres = await startPostgres({ services, home: join(env.home, 'postgres') });
  void postgres.endedByItself.then((exit) =>
    complain(
      `Postgres has ended by itself (${describeExit(exit)}). Cached entries are still served; npm start starts it again. Its log: ${shownPath(postgres.logFile)}`,
    ),
  );
  say(`Postgres   port ${postgres.port}, data in ${shownPath(postgres.dataFolder)}`);
  return postgres.url;
}
