import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { completeFolder } from '../../complete-folder.js';
import { execute } from '../exec.js';
import { checkCommand, type ServerCommand } from '../server-command.js';
import { type RedisUnavailable, unavailable } from '../unavailable.js';
import { fetchRedisPackage, PackageUnavailable } from './fetch-package.js';
import { machineSources } from './sources.js';
import { type Distribution, redisSources, thisDistribution } from './suite.js';
import { unpackedServer } from './unpacked-server.js';

/** A Redis server from the distribution's own package, unpacked where only we use it. */
export type PrivateRedis = ({ kind: 'ready'; version: string } & ServerCommand) | RedisUnavailable;

/** What separates the folders of a library path (see ld.so(8)), or ends a word in apt's configuration. */
const UNSPEAKABLE = /[:;"\n]/;

type Kept =
  | Extract<PrivateRedis, { kind: 'ready' }>
  | { kind: 'absent' }
  | { kind: 'broken'; reason: string };

/**
 * The distribution's own Redis package (on Debian: 8.0, from trixie), fetched and unpacked beside `home` without
 * touching the system, whatever is on the PATH. Fetched once; later calls find it.
 *
 * @param home the folder of a Redis; the package is kept in its parent, so that its neighbours share it
 * @param onNote told in one line when something begins that takes seconds
 */
export async function privateRedis(
  home: string,
  onNote: (note: string) => void = () => undefined,
): Promise<PrivateRedis> {
  const parent = path.resolve(home, '..');
  await mkdir(parent, { recursive: true });
  const target = path.join(parent, `redis-package-${process.platform}-${process.arch}`);
  if (UNSPEAKABLE.test(target)) return unavailable(`${parent}: no Redis can be kept below such a name`);
  const kept = await lookFor(target);
  if (kept.kind === 'ready') return kept;
  // Broken: half of it was deleted, say, or it came from another system. It is in the way of a whole one.
  if (kept.kind === 'broken') await rm(target, { recursive: true, force: true });

  const distribution = await distributionWithApt();
  if (distribution === undefined) return unavailable('no apt here');
  onNote('Fetching Redis from the packages of this system: once, and nothing is installed');
  const failure = await fetchInto(target, distribution);
  if (failure !== undefined) return unavailable(failure);
  const fetched = await lookFor(target);
  if (fetched.kind === 'ready') return fetched;
  return unavailable(fetched.kind === 'broken' ? fetched.reason : `${target} is gone again`);
}

async function lookFor(target: string): Promise<Kept> {
  const there = await stat(target).catch(() => undefined);
  if (there === undefined) return { kind: 'absent' };
  const server = await unpackedServer(target);
  if (server === undefined) return { kind: 'broken', reason: `${target} has no server in it` };
  const check = await checkCommand(server);
  return check.kind === 'usable'
    ? { kind: 'ready', version: check.version, ...server }
    : { kind: 'broken', reason: check.reason };
}

async function distributionWithApt(): Promise<Distribution | undefined> {
  if (process.platform !== 'linux') return undefined;
  const apt = await execute('apt-get', ['--version'], { timeoutMs: 5_000 });
  return apt.kind === 'ok' ? thisDistribution() : undefined;
}

/** @returns why it can't be had, or undefined when it was */
async function fetchInto(target: string, distribution: Distribution): Promise<string | undefined> {
  const sources = redisSources(await machineSources(), distribution);
  try {
    await completeFolder(target, (folder) => fetchRedisPackage(folder, sources));
    return undefined;
  } catch (error) {
    if (error instanceof PackageUnavailable) return error.message;
    throw error;
  }
}
