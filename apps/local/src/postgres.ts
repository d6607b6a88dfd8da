import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from './free-port.ts';
import { holdFolder } from './lock.ts';
import { type ClusterPlace, type PostgresBinaries, placeCluster, usableBinaries } from './postgres-user.ts';
import { endProcess, readProcess } from './processes.ts';
import { logTail, type Service, type Services, untilReady } from './services.ts';

/** The superuser, and the name of its database. */
const OWNER = 'hotshelf';

/** How long a shutdown may take to write its last checkpoint. */
const STOP_TIMEOUT_MS = 10_000;
const MAX_TRIES = 5;

/** Temporary troubles: a port that another server took first, and backends that have not ended yet. */
const WORTH_ANOTHER_TRY =
  /could not bind|could not create any TCP\/IP sockets|pre-existing shared memory block/;

/**
 * The whole environment of the Postgres programs: a PGDATA, PGPORT or PGOPTIONS that was meant for another server must
 * not reach them, and their messages are read here, so they come untranslated.
 */
const SERVER_ENV: NodeJS.ProcessEnv = { LC_ALL: 'C', TZ: 'UTC' };

/** More than any system gives to a process. */
const NO_PID = 2 ** 30;

export interface PostgresOptions {
  readonly services: Services;
  /** The folder for data, password and logs; made if missing. */
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
  // Until Postgres has ended, whatever ends it, or has turned out not to start.
  const held = holdFolder(place.home);
  const ended = Promise.withResolvers<unknown>();
  void ended.promise.then(held.release);
  try {
    const binaries = await usableBinaries(place.user);
    const password = await readyCluster(services, place, binaries, settings['fsync'] !== 'off');
    const logFile = path.join(place.home, 'postgres.log');
    const { service, port } = await runPostmaster(services, place, binaries, settings, logFile);
    ended.resolve(service.exited);
    const url = await openDatabase(port, password);
    held.publish(url);
    const { pid, exited, stop } = service;
    return { url, port, pid, exited, stop, dataFolder: place.data, logFile };
  } catch (error) {
    ended.resolve(undefined);
    throw error;
  }
}

/**
 * Makes sure of a cluster on which no Postgres runs.
 *
 * @returns the superuser's password
 */
async function readyCluster(
  services: Services,
  place: ClusterPlace,
  binaries: PostgresBinaries,
  durable: boolean,
): Promise<string> {
  const file = path.join(place.home, 'password');
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  // It appears by a rename when it is complete, so the folder itself is the sign.
  if ((await stat(place.data).catch(() => undefined)) !== undefined) {
    await endOrphanedPostmaster(place.data);
    if (kept !== undefined) return kept.trim();
    if (place.folder === place.home)
      throw new Error(`${place.home} has lost its password file: remove ${place.data} to start over`);
    // Left by a home that was removed.
    await rm(place.data, { recursive: true });
  }
  const password = kept?.trim() ?? randomBytes(24).toString('base64url');
  if (kept === undefined) await writeFile(file, `${password}\n`, { mode: 0o600, flag: 'wx' });
  await initCluster(services, place, binaries, password, durable);
  return password;
}

/**
 * Creates a new cluster under another name and renames it when it is complete, so that an initdb that is killed
 * in the middle leaves nothing that passes for a cluster.
 */
async function initCluster(
  services: Services,
  { home, folder, data, user }: ClusterPlace,
  { initdb }: PostgresBinaries,
  password: string,
  durable: boolean,
): Promise<void> {
  for (const name of await readdir(folder))
    if (name.startsWith('initdb-')) await rm(path.join(folder, name), { recursive: true, force: true });
  const workspace = await mkdtemp(path.join(folder, 'initdb-'));
  const passwordFile = path.join(workspace, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) for (const each of [passwordFile, workspace]) await chown(each, user.uid, user.gid);
  const made = path.join(workspace, 'data');
  const log = path.join(home, 'initdb.log');
  const { exited } = await services.start({
    name: 'initdb',
    command: initdb,
    args: [
      ...['--pgdata', made, '--username', OWNER, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
      // The builtin provider sorts the same on every machine, whatever the libc.
      ...[
        '--encoding',
        'UTF8',
        '--locale',
        'C',
        '--locale-provider',
        'builtin',
        '--builtin-locale',
        'C.UTF-8',
      ],
      ...(durable ? [] : ['--no-sync']),
    ],
    cwd: workspace,
    env: SERVER_ENV,
    ...user,
    output: { file: log },
    stopSignal: 'SIGINT',
    stopTimeoutMs: 2_000,
  });
  const { code } = await exited;
  if (code !== 0) throw new Error(`initdb could not make a cluster in ${folder}:${await logTail(log)}`);
  await rename(made, data);
  await rm(workspace, { recursive: true, force: true });
}

/** Runs Postgres on a free port of 127.0.0.1 and waits until it accepts connections. */
async function runPostmaster(
  services: Services,
  { data, user }: ClusterPlace,
  { postgres }: PostgresBinaries,
  settings: Record<string, string>,
  logFile: string,
): Promise<{ service: Service; port: number }> {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const all = {
      listen_addresses: '127.0.0.1',
      // A socket in /tmp would collide with those of other servers.
      unix_socket_directories: '',
      port: String(port),
      TimeZone: 'UTC',
      log_timezone: 'UTC',
      ...settings,
    };
    const service = await services.start({
      name: 'Postgres',
      command: postgres,
      args: ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      cwd: data,
      env: SERVER_ENV,
      ...user,
      output: { file: logFile },
      // "Fast": sessions are cut, the last checkpoint is written.
      stopSignal: 'SIGINT',
      stopTimeoutMs: STOP_TIMEOUT_MS,
    });
    const probe = async () => {
      // Line 1 is the pid, line 8 the state, as pg_ctl reads them when it waits.
      const lines = await readPostmasterFile(data);
      return Number(lines?.[0]) === service.pid && lines?.[7]?.trim() === 'ready' ? port : undefined;
    };
    // Recovery after a crash takes the time it takes.
    if (await untilReady(service, probe, Number.POSITIVE_INFINITY)) return { service, port };
    const tail = await logTail(logFile);
    if (tries === MAX_TRIES || !WORTH_ANOTHER_TRY.test(tail))
      throw new Error(`Postgres did not start on ${data}:${tail}`);
    await sleep(tries * 100);
  }
}

const postmasterFile = (data: string) => path.join(data, 'postmaster.pid');

async function readPostmasterFile(data: string): Promise<string[] | undefined> {
  try {
    return (await readFile(postmasterFile(data), 'utf8')).split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Ends a Postgres that still runs on this data folder although its starter has died, and makes sure that a new one
 * starts: Postgres refuses as long as the pid in its file exists, and that may be another program's after a reboot, or a
 * zombie's. So the file gets a pid that no process has. Its other lines stay: by the shared memory named there Postgres
 * knows whether backends are left, which would spoil the data. The caller holds the home.
 */
async function endOrphanedPostmaster(data: string): Promise<void> {
  const pid = Number((await readPostmasterFile(data))?.[0]);
  if (pid > 0 && readProcess(pid)?.command.includes(`-D ${data} `)) {
    await endProcess(pid, 'SIGINT', STOP_TIMEOUT_MS);
  }
  const lines = await readPostmasterFile(data);
  if (lines === undefined) return;
  // Killed before it wrote a word it has no backends; Postgres would not go on from an empty file.
  if (lines[0] === '') await rm(postmasterFile(data));
  // Over the old content, which is never longer: the file keeps its owner.
  else await writeFile(postmasterFile(data), [NO_PID, ...lines.slice(1)].join('\n'), { flag: 'r+' });
}

/** @returns the address of our database, which is made if missing */
async function openDatabase(port: number, password: string): Promise<string> {
  // Without the option, a PGSSLMODE that was meant for another server would ask this one for TLS.
  const urlOf = (database: string) =>
    `postgres://${OWNER}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
  // 42P04: duplicate_database; 25006: read_only_sql_transaction, of a standby, which has the databases of its primary
  await query(urlOf('postgres'), `CREATE DATABASE ${OWNER}`).catch((error: { code?: string }) => {
    if (error.code !== '42P04' && error.code !== '25006') throw error;
  });
  return urlOf(OWNER);
}

async function query(connectionString: string, sql: string): Promise<void> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 10_000 });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
