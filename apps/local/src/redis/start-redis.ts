import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../free-port.js';
import type { Guard, GuardedProcess, ServiceSpec } from '../guard/start-guard.js';
import { logTail } from '../log-tail.js';
import { chooseSource, type RedisSource } from './choose-source.js';
import { dockerRunArgs } from './docker.js';
import { becameReady, type ServerInfo } from './ready.js';
import type { RedisUnavailable } from './unavailable.js';

const MAX_TRIES = 5;
const READY_TIMEOUT_MS = 15_000;
/** The first start of the image pulls it. */
const DOCKER_READY_TIMEOUT_MS = 180_000;
/** It keeps nothing, so nothing is lost by a kill; it is asked first for the sake of a clean log. */
const STOP_TIMEOUT_MS = 1_000;
/** Killing the client would leave the container: the engine gets its time. */
const DOCKER_STOP_TIMEOUT_MS = 5_000;
const PORT_TAKEN = /Address already in use|port is already allocated/;

export interface RedisOptions {
  guard: Guard;
  /** Its working folder and log; made if missing. The distribution's package is kept in its parent. */
  home: string;
  /** More arguments for redis-server, such as `['--maxmemory', '64mb']`. */
  args?: readonly string[];
  /** Told in one line when something begins that takes seconds. */
  onNote?: (note: string) => void;
}

/** A Redis of our own that answers. */
export interface StartedRedis {
  readonly kind: 'started';
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly version: string;
  readonly source: 'path' | 'package' | 'docker';
  readonly logFile: string;
  stop(): Promise<void>;
}

type UsableSource = Exclude<RedisSource, RedisUnavailable>;

/**
 * Starts a Redis (or Valkey) of our own on a free port of 127.0.0.1, that keeps nothing on disk, and waits until it
 * answers. Taken from the PATH, else from the distribution's own package, else from Docker.
 *
 * @returns `unavailable` where this machine has none of these
 * @throws where there is one, but it does not start; the message has the last lines of its log
 */
export async function startRedis(options: RedisOptions): Promise<StartedRedis | RedisUnavailable> {
  const home = path.resolve(options.home);
  await mkdir(home, { recursive: true });
  const source = await chooseSource(home, options.onNote);
  return source.kind === 'unavailable' ? source : startFrom(source, { ...options, home });
}

/** Starts it from a source that was chosen already, for instance the distribution's package in any case. */
export async function startFrom(source: UsableSource, options: RedisOptions): Promise<StartedRedis> {
  const { guard, home, args = [] } = options;
  const logFile = path.join(home, 'redis.log');
  const timeoutMs = source.kind === 'docker' ? DOCKER_READY_TIMEOUT_MS : READY_TIMEOUT_MS;
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const process = await guard.run({ ...specOf(source, port, home, args), output: { file: logFile } });
    const info = await becameReady(port, process, timeoutMs);
    if (info !== undefined && isOurs(source, process, info)) {
      const { pid } = process;
      const url = `redis://127.0.0.1:${port}`;
      const stop = () => process.stop();
      return { kind: 'started', url, port, pid, version: info.version, source: source.kind, logFile, stop };
    }
    await process.stop();
    const tail = await logTail(logFile);
    if (tries < MAX_TRIES && PORT_TAKEN.test(tail)) continue;
    throw new Error(`Redis did not start in ${home}:${tail}`);
  }
}

/** Where another server won the port, it answers in ours' place. */
function isOurs(source: UsableSource, process: GuardedProcess, info: ServerInfo): boolean {
  return source.kind === 'docker' || info.processId === process.pid;
}

function specOf(
  source: UsableSource,
  port: number,
  home: string,
  args: readonly string[],
): Omit<ServiceSpec, 'output'> {
  const inMemory = ['--save', '', '--appendonly', 'no'];
  const common = { name: 'Redis', cwd: home, stopSignal: 'SIGTERM' } as const;
  if (source.kind === 'docker') {
    const dockerArgs = dockerRunArgs(port, [...inMemory, ...args]);
    return { ...common, stopTimeoutMs: DOCKER_STOP_TIMEOUT_MS, command: 'docker', args: dockerArgs };
  }
  const { command, args: leading } = source.server;
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', home, ...inMemory];
  return { ...common, stopTimeoutMs: STOP_TIMEOUT_MS, command, args: [...leading, ...own, ...args] };
}
