import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  PackagesUnavailable,
  type ProgramCommand,
  thisRelease,
  unpackDebianPackages,
  unpackedProgram,
} from './debian-packages.ts';
import { execute } from './processes.ts';
import type { Service, Services } from './services.ts';
import { say } from './terminal.ts';

/** Tracking in broadcast mode works from 6 on, functions from 7. */
const MIN_MAJOR_VERSION = 7;
const PROBE_TIMEOUT_MS = 4_000;

export interface RedisOptions {
  readonly services: Services;
  /** Its working folder and log; made if missing. Debian's package is kept in its parent. */
  readonly home: string;
  /** More arguments for redis-server, such as `['--maxmemory', '64mb']`. */
  readonly args?: readonly string[];
}

/** A Redis of our own that answers. */
export interface StartedRedis extends Service {
  readonly url: string;
  readonly port: number;
  readonly version: string;
  readonly source: 'the PATH' | "Debian's package";
}

/** A server program, and its version as in 8.0.2. */
export interface RedisProgram extends ProgramCommand {
  readonly version: string;
}

/**
 * Starts a Redis (or Valkey) of our own on a free port of 127.0.0.1, without persistence, and waits until it answers: a
 * server on the PATH, else Debian's package.
 *
 * @throws PackagesUnavailable if this machine has neither
 * @throws Error if there is one, but it does not start; the message has the last lines of its log
 */
export async function startRedis(options: RedisOptions): Promise<StartedRedis> {
  const { services, args = [] } = options;
  const home = path.resolve(options.home);
  await mkdir(home, { recursive: true });
  const onPath = await redisOnPath();
  const program = onPath ?? (await redisPackage(path.dirname(home)));
  const log = path.join(home, 'redis.log');
  const server = await services.startServer((port) => ({
    name: 'Redis',
    command: program.command,
    args: [
      ...[...program.args, '--port', `${port}`, '--bind', '127.0.0.1', '--dir', home],
      ...['--save', '', '--appendonly', 'no', ...args],
    ],
    cwd: home,
    log,
    // It keeps nothing, so nothing is lost by a kill.
    stopTimeoutMs: 1_000,
    isReady: async () => (await readFile(log, 'utf8')).includes('Ready to accept connections'),
    readyTimeoutMs: 15_000,
    worthAnotherTry: /Address already in use/,
  }));
  const source = onPath === undefined ? "Debian's package" : 'the PATH';
  return { ...server, url: `redis://127.0.0.1:${server.port}`, version: program.version, source };
}

/** A server on the PATH that is new enough: Redis first, which production runs. */
export async function redisOnPath(): Promise<RedisProgram | undefined> {
  for (const command of ['redis-server', 'valkey-server']) {
    const version = await redisVersion({ command, args: [] });
    if (version !== undefined && Number.parseInt(version, 10) >= MIN_MAJOR_VERSION)
      return { command, args: [], version };
  }
  return undefined;
}

/**
 * The server of Debian's package (8.0, from trixie), fetched and unpacked once. Older Debian releases get trixie's from
 * the same mirrors, other distributions their own.
 *
 * @param folder the package is kept below it
 * @throws PackagesUnavailable if it cannot be had
 */
export async function redisPackage(folder: string): Promise<RedisProgram> {
  const target = path.join(folder, `redis-package-${process.platform}-${process.arch}`);
  const unpacked = async () => {
    const program = await unpackedProgram(target, 'redis-server');
    const version = program === undefined ? undefined : await redisVersion(program);
    return program === undefined || version === undefined ? undefined : { ...program, version };
  };
  const kept = await unpacked();
  if (kept !== undefined) return kept;
  const apt = await execute('apt-get', ['--version'], { timeoutMs: PROBE_TIMEOUT_MS });
  if (apt.kind === 'failed') throw new PackagesUnavailable(apt.reason);
  const { id, version } = await thisRelease();
  say('Fetching Redis from the packages of this system, once. Nothing is installed');
  // A part of it was deleted, say: it is in the way of a whole one.
  await rm(target, { recursive: true, force: true });
  await unpackDebianPackages(target, {
    packages: ['redis-server'],
    suite: id === 'debian' && version < 13 ? 'trixie' : undefined,
    // The other dependencies of its package only serve its installation: users, init scripts, perl.
    dependencies:
      /^(?:redis-tools|lib(?:atomic|c6|gcc|jemalloc|lua|lzf|ssl|stdc|systemd|cap2|crypt1|z|gcrypt|gpg-error|lzma|lz4|zstd).*|lua-.+|zlib1g)$/,
  });
  const fetched = await unpacked();
  if (fetched === undefined) throw new PackagesUnavailable(`${target} has no server that runs here`);
  return fetched;
}

/** @returns undefined if the server program is missing or does not run here */
export async function redisVersion({ command, args }: ProgramCommand): Promise<string | undefined> {
  const asked = await execute(command, [...args, '--version'], { timeoutMs: PROBE_TIMEOUT_MS });
  return asked.kind === 'ok' ? /\bv=(\d+\.\d+\.\d+)/.exec(asked.stdout)?.[1] : undefined;
}
