import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import {
  PackagesUnavailable,
  type ProgramCommand,
  thisRelease,
  unpackDebianPackages,
  unpackedProgram,
} from './debian-packages.ts';
import { freePort } from './free-port.ts';
import { execute } from './processes.ts';
import { logTail, type Service, type Services, untilReady } from './services.ts';
import { say } from './terminal.ts';

/** Tracking in broadcast mode works from 6 on, functions from 7. */
const MIN_MAJOR_VERSION = 7;
const IMAGE = 'redis:8';
const MAX_TRIES = 5;
const READY_TIMEOUT_MS = 15_000;
/** The first start of the image pulls it. */
const DOCKER_READY_TIMEOUT_MS = 180_000;
/** A client whose engine hangs must not delay a start. */
const ENGINE_TIMEOUT_MS = 4_000;
const PORT_TAKEN = /Address already in use|port is already allocated/;

export interface RedisOptions {
  readonly services: Services;
  /** Its working folder and log; made if missing. Debian's package is kept in its parent. */
  readonly home: string;
  /** More arguments for redis-server, such as `['--maxmemory', '64mb']`. */
  readonly args?: readonly string[];
}

/** A Redis of our own that answers. */
export interface StartedRedis extends Service {
  readonly kind: 'started';
  readonly url: string;
  readonly port: number;
  readonly version: string;
  readonly source: RedisSource['kind'];
}

/** No Redis can be had on this machine. */
export interface RedisUnavailable {
  readonly kind: 'unavailable';
  /** The attempts and their results, in one line. */
  readonly reason: string;
  /** The packages to install, in one line. */
  readonly install: string;
}

type RedisSource = { kind: 'path' | 'package'; server: ProgramCommand } | { kind: 'docker' };

/**
 * Starts a Redis (or Valkey) of our own on a free port of 127.0.0.1, without persistence, and waits until it answers.
 * The first of: a server on the PATH, Debian's package, a container.
 *
 * @returns `unavailable` if this machine has none of these
 * @throws Error if there is one, but it does not start; the message has the last lines of its log
 */
export async function startRedis(options: RedisOptions): Promise<StartedRedis | RedisUnavailable> {
  const home = path.resolve(options.home);
  await mkdir(home, { recursive: true });
  const onPath = await redisOnPath();
  if (onPath.kind === 'found') return startFrom({ kind: 'path', server: onPath.server }, home, options);
  const packaged = await redisPackage(path.dirname(home));
  if (packaged.kind === 'found')
    return startFrom({ kind: 'package', server: packaged.server }, home, options);
  const engine = ['info', '--format', '{{.ServerVersion}}'];
  const docker = await execute('docker', engine, { timeoutMs: ENGINE_TIMEOUT_MS });
  // Some versions report an engine that is away in their output alone.
  if (docker.kind === 'ok' && /^\d/.test(docker.stdout)) return startFrom({ kind: 'docker' }, home, options);
  const reasons = [
    onPath.reason,
    packaged.reason,
    docker.kind === 'ok' ? 'docker: no engine' : docker.reason,
  ];
  const how = process.platform === 'darwin' ? 'brew install redis' : 'Debian, Ubuntu: apt-get install redis';
  return {
    kind: 'unavailable',
    reason: reasons.join('; '),
    install: `Install Redis ${MIN_MAJOR_VERSION} or newer (${how}), or name a running one in REDIS_URL.`,
  };
}

export type FoundServer = { kind: 'found'; server: ProgramCommand } | { kind: 'missing'; reason: string };

/** A server on the PATH that is new enough: Redis first, which production runs. */
export async function redisOnPath(): Promise<FoundServer> {
  const reasons: string[] = [];
  for (const command of ['redis-server', 'valkey-server']) {
    const server = { command, args: [] };
    const version = await serverVersion(server);
    if (version.kind === 'ok' && version.major >= MIN_MAJOR_VERSION) return { kind: 'found', server };
    reasons.push(version.kind === 'ok' ? `${command}: older than ${MIN_MAJOR_VERSION}` : version.reason);
  }
  return { kind: 'missing', reason: reasons.join(', ') };
}

/**
 * The server of Debian's package (8.0, from trixie), fetched and unpacked once. Older Debian releases get trixie's from
 * the same mirrors, other distributions their own.
 *
 * @param folder the package is kept below it
 */
export async function redisPackage(folder: string): Promise<FoundServer> {
  const target = path.join(folder, `redis-package-${process.platform}-${process.arch}`);
  const kept = await unpackedProgram(target, 'redis-server');
  if (kept !== undefined && (await serverVersion(kept)).kind === 'ok') return { kind: 'found', server: kept };
  const apt = await execute('apt-get', ['--version'], { timeoutMs: 5_000 });
  if (apt.kind === 'failed') return { kind: 'missing', reason: apt.reason };
  const { id, version } = await thisRelease();
  say('Fetching Redis from the packages of this system, once. Nothing is installed');
  try {
    // A part of it was deleted, say: it is in the way of a whole one.
    await rm(target, { recursive: true, force: true });
    await unpackDebianPackages(target, {
      packages: ['redis-server'],
      suite: id === 'debian' && version < 13 ? 'trixie' : undefined,
      // The other dependencies of its package only serve its installation: users, init scripts, perl.
      dependencies:
        /^(?:redis-tools|lib(?:atomic|c6|gcc|jemalloc|lua|lzf|ssl|stdc|systemd|cap2|crypt1|z|gcrypt|gpg-error|lzma|lz4|zstd).*|lua-.+|zlib1g)$/,
    });
  } catch (error) {
    if (error instanceof PackagesUnavailable) return { kind: 'missing', reason: error.message };
    throw error;
  }
  const server = await unpackedProgram(target, 'redis-server');
  if (server === undefined) return { kind: 'missing', reason: `${target} has no server in it` };
  const check = await serverVersion(server);
  return check.kind === 'ok' ? { kind: 'found', server } : { kind: 'missing', reason: check.reason };
}

/** Asks a server program for its version: whether it is there and runs here. */
export async function serverVersion({
  command,
  args,
}: ProgramCommand): Promise<{ kind: 'ok'; major: number } | { kind: 'failed'; reason: string }> {
  const asked = await execute(command, [...args, '--version'], { timeoutMs: 5_000 });
  if (asked.kind === 'failed') return asked;
  const major = /\bv=(\d+)\.\d+\.\d+/.exec(asked.stdout)?.[1];
  if (major === undefined) return { kind: 'failed', reason: `${command}: it does not print its version` };
  return { kind: 'ok', major: Number(major) };
}

async function startFrom(source: RedisSource, home: string, options: RedisOptions): Promise<StartedRedis> {
  const { services, args = [] } = options;
  const logFile = path.join(home, 'redis.log');
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const service = await services.start({
      name: 'Redis',
      ...commandOf(source, port, home, ['--save', '', '--appendonly', 'no', ...args]),
      cwd: home,
      output: { file: logFile },
      stopSignal: 'SIGTERM',
      // It keeps nothing, so nothing is lost by a kill. A killed client of Docker would leave the container.
      stopTimeoutMs: source.kind === 'docker' ? 5_000 : 1_000,
    });
    const probe = async () => {
      const info = await askInfo(port);
      // Another server may have won the port and answer instead.
      return source.kind === 'docker' || info?.pid === service.pid ? info?.version : undefined;
    };
    const timeoutMs = source.kind === 'docker' ? DOCKER_READY_TIMEOUT_MS : READY_TIMEOUT_MS;
    const version = await untilReady(service, probe, timeoutMs);
    if (version !== undefined)
      return {
        kind: 'started',
        url: `redis://127.0.0.1:${port}`,
        port,
        version,
        source: source.kind,
        ...service,
      };
    await service.stop();
    const tail = await logTail(logFile);
    if (tries === MAX_TRIES || !PORT_TAKEN.test(tail))
      throw new Error(`Redis did not start in ${home}:${tail}`);
  }
}

function commandOf(source: RedisSource, port: number, home: string, args: readonly string[]): ProgramCommand {
  if (source.kind !== 'docker') {
    const { command, args: leading } = source.server;
    return {
      command,
      args: [...leading, '--port', `${port}`, '--bind', '127.0.0.1', '--dir', home, ...args],
    };
  }
  const name = `hotshelf-redis-${randomUUID()}`;
  const run = ['run', '--rm', '--name', name, '--publish', `127.0.0.1:${port}:6379`, IMAGE, 'redis-server'];
  // Within the container it has to listen on the container's own address; only the published one is reachable.
  return { command: 'docker', args: [...run, '--bind', '0.0.0.0', '--protected-mode', 'no', ...args] };
}

async function askInfo(port: number): Promise<{ version: string; pid: number } | undefined> {
  const timeouts = { connectTimeout: 1_000, commandTimeout: 1_000, maxRetriesPerRequest: 0 };
  const client = new Redis({
    port,
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: null,
    ...timeouts,
  });
  // Refused connections are expected here; without a listener they would be printed.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const info = await client.info('server');
    const field = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim();
    // Valkey calls itself Redis 7.2 for the sake of old clients; its own version stands beside it.
    const version = field('valkey_version') ?? field('redis_version');
    return version === undefined ? undefined : { version, pid: Number(field('process_id')) };
  } catch {
    return undefined;
  } finally {
    client.disconnect();
  }
}
