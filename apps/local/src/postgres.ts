import { randomBytes } from 'node:crypto';
import { chown, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type ClusterPlace, type PostgresBinaries, placeCluster, usableBinaries } from './postgres-user.ts';
import { completeFolder, execute, readProcess, signalProcess, takeLock } from './processes.ts';
import type { Service, Services } from './services.ts';

/** The superuser, and the name of its database. */
const OWNER = 'hotshelf';

/** How long a shutdown may take to write its last checkpoint. */
const STOP_TIMEOUT_MS = 10_000;
const INITDB_TIMEOUT_MS = 120_000;

/**
 * The whole environment of the Postgres programs: a PGDATA, PGPORT or PGOPTIONS that was meant for another server must
 * not reach them, and their messages are read here, so they come untranslated.
 */
const SERVER_ENV: NodeJS.ProcessEnv = { LC_ALL: 'C', TZ: 'UTC' };

/** More than any system gives to a process. */
const NO_PID = 2 ** 30;

export interface PostgresOptions {
  readonly services: Services;
  /** The folder for data, password and log; made if missing. */
  readonly home: string;
  /** Server settings (`-c name=value`) that override ours, such as `fsync: 'off'` for a test run. */
  readonly settings?: Record<string, string>;
}

/** A Postgres of our own that answers queries. */
export interface StartedPostgres extends Service {
  /** `postgres://user:password@127.0.0.1:port/database` */
  readonly url: string;
  readonly port: number;
  /** The data folder: in `home`, or outside if Postgres' user cannot reach `home`. */
  readonly dataFolder: string;
  readonly logFile: string;
}

/** The Postgres that another process runs on a home. */
export interface RunningPostgres {
  readonly url: string;
  readonly starter: number | undefined;
}

export class FolderInUse extends Error {
  /** Private, since Node prints the fields of an error, and its URL has a password. */
  readonly #running: RunningPostgres | undefined;

  constructor(folder: string, running: RunningPostgres | undefined) {
    const who = running?.starter === undefined ? 'another process' : `process ${running.starter}`;
    super(`${folder} is in use by ${who}: end it first, or set HOTSHELF_HOME to another folder`);
    this.#running = running;
  }

  /** Undefined until it answers. */
  get running(): RunningPostgres | undefined {
    return this.#running;
  }
}

/**
 * Starts a Postgres of our own on a free port of 127.0.0.1, with a new cluster if `home` has none, and waits until its
 * database answers. Data is kept between starts. Started by root, it runs as an unprivileged user.
 *
 * @throws FolderInUse if another process has the home
 * @throws Error if it cannot start; the message has the last lines of the log
 */
export async function startPostgres(options: PostgresOptions): Promise<StartedPostgres> {
  const { services, settings = {} } = options;
  const place = await placeCluster(path.resolve(options.home));
  // No two processes may make, mend or run one cluster.
  const lock = takeLock(path.join(place.home, 'holder.lock'));
  if (lock === undefined) throw new FolderInUse(place.home, await runningPostgres(place));
  try {
    const binaries = await usableBinaries(place.user);
    const password = await readyCluster(place, binaries, settings['fsync'] !== 'off');
    const logFile = path.join(place.home, 'postgres.log');
    const postmaster = await runPostmaster(services, place, binaries, settings, logFile);
    void postmaster.exited.then(lock.release);
    const url = urlOf(OWNER, postmaster.port, password);
    await makeDatabase(urlOf('postgres', postmaster.port, password));
    return { ...postmaster, url, dataFolder: place.data, logFile };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Makes sure of a cluster on which no Postgres runs.
 *
 * @returns the superuser's password
 */
async function readyCluster(
  place: ClusterPlace,
  { initdb }: PostgresBinaries,
  durable: boolean,
): Promise<string> {
  const { home, folder, data, user } = place;
  const kept = await readPassword(home);
  if ((await stat(data).catch(() => undefined)) !== undefined) {
    await endOrphanedPostmaster(data);
    if (kept !== undefined) return kept;
    if (folder === home) throw new Error(`${home} has lost its password file: remove ${data} to start over`);
    // Left by a home that was removed.
    await rm(data, { recursive: true });
  }
  const password = kept ?? randomBytes(24).toString('base64url');
  if (kept === undefined) await writeFile(passwordFile(home), `${password}\n`, { mode: 0o600, flag: 'wx' });
  // For initdb, whose user may not reach the home.
  const copy = path.join(folder, 'initdb-password');
  await writeFile(copy, password, { mode: 0o600 });
  const args = [
    ...['--username', OWNER, '--pwfile', copy, '--auth', 'scram-sha-256'],
    // The builtin provider sorts the same on every machine, whatever the libc.
    ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    ...(durable ? [] : ['--no-sync']),
  ];
  await completeFolder(data, async (made) => {
    if (user !== undefined) for (const each of [copy, made]) await chown(each, user.uid, user.gid);
    const options = { cwd: made, env: SERVER_ENV, timeoutMs: INITDB_TIMEOUT_MS, ...user };
    const run = await execute(initdb, ['--pgdata', made, ...args], options);
    if (run.kind === 'failed') throw new Error(`No cluster could be made in ${folder}: ${run.reason}`);
  });
  await rm(copy);
  return password;
}

/** Runs Postgres on a free port of 127.0.0.1 and waits until it accepts connections. */
function runPostmaster(
  services: Services,
  { data, user }: ClusterPlace,
  { postgres }: PostgresBinaries,
  settings: Record<string, string>,
  log: string,
): Promise<Service & { readonly port: number }> {
  return services.startServer((port) => {
    const all = {
      listen_addresses: '127.0.0.1',
      // A socket in /tmp would collide with those of other servers.
      unix_socket_directories: '',
      port: String(port),
      TimeZone: 'UTC',
      log_timezone: 'UTC',
      ...settings,
    };
    return {
      name: 'Postgres',
      command: postgres,
      args: ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      cwd: data,
      env: SERVER_ENV,
      ...user,
      log,
      // "Fast": sessions are cut, the last checkpoint is written.
      stopSignal: 'SIGINT',
      stopTimeoutMs: STOP_TIMEOUT_MS,
      isReady: async (pid) => {
        const running = await readPostmasterFile(data);
        return running?.pid === pid && running.isReady;
      },
      // Recovery after a crash takes the time it takes.
      readyTimeoutMs: Number.POSITIVE_INFINITY,
      // A port that another server took first, and backends that have not ended yet.
      worthAnotherTry: /could not bind|could not create any TCP\/IP sockets|pre-existing shared memory block/,
    };
  });
}

/** The file of a Postgres that runs, or has crashed; its lines are those that pg_ctl reads when it waits. */
async function readPostmasterFile(data: string) {
  const file = path.join(data, 'postmaster.pid');
  try {
    const lines = (await readFile(file, 'utf8')).split('\n');
    return {
      file,
      lines,
      pid: Number(lines[0]),
      port: Number(lines[3]),
      isReady: lines[7]?.trim() === 'ready',
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** @returns undefined if none answers on it */
export async function runningPostgres({ home, data }: ClusterPlace): Promise<RunningPostgres | undefined> {
  const [running, password] = await Promise.all([readPostmasterFile(data), readPassword(home)]);
  if (!running?.isReady || password === undefined) return undefined;
  return { url: urlOf(OWNER, running.port, password), starter: readProcess(running.pid)?.ppid };
}

/**
 * Ends a Postgres that still runs on this data folder although its starter has died, and makes sure that a new one
 * starts: Postgres refuses as long as the pid in its file exists, and that may be another program's after a reboot, or a
 * zombie's. So the file gets a pid that no process has. Its other lines stay: by the shared memory named there Postgres
 * knows whether backends are left, which would spoil the data. The caller holds the home.
 */
async function endOrphanedPostmaster(data: string): Promise<void> {
  const { pid } = (await readPostmasterFile(data)) ?? { pid: 0 };
  const isOurs = () => pid > 0 && readProcess(pid)?.command.includes(`-D ${data} `) === true;
  if (isOurs()) signalProcess(pid, 'SIGINT');
  const killAt = performance.now() + STOP_TIMEOUT_MS;
  while (isOurs()) {
    if (performance.now() >= killAt) signalProcess(pid, 'SIGKILL');
    await sleep(25);
  }
  const left = await readPostmasterFile(data);
  if (left === undefined) return;
  // Killed before it wrote a word it has no backends; Postgres would not go on from an empty file.
  if (left.lines[0] === '') await rm(left.file);
  // Over the old content, which is never longer: the file keeps its owner.
  else await writeFile(left.file, [NO_PID, ...left.lines.slice(1)].join('\n'), { flag: 'r+' });
}

const passwordFile = (home: string) => path.join(home, 'password');

async function readPassword(home: string): Promise<string | undefined> {
  return (await readFile(passwordFile(home), 'utf8').catch(() => undefined))?.trim();
}

/** Without the option, a PGSSLMODE that was meant for another server would ask this one for TLS. */
function urlOf(database: string, port: number, password: string): string {
  return `postgres://${OWNER}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
}

async function makeDatabase(connectionString: string): Promise<void> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${OWNER}`);
  } catch (error) {
    // duplicate_database; read_only_sql_transaction, of a standby, which has the databases of its primary
    if (!['42P04', '25006'].includes((error as { code?: string }).code ?? '')) throw error;
  } finally {
    await client.end();
  }
}
