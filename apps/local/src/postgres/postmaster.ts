import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.js';
import type { Guard, GuardedProcess } from '../guard/start-guard.js';
import { logTail } from '../log-tail.js';
import type { PostgresBinaries } from './binaries.js';
import type { ClusterPlace } from './cluster-place.js';
import { readPostmasterFile } from './postmaster-file.js';
import { credentials } from './run-as.js';
import { SERVER_ENV } from './server-env.js';

const MAX_TRIES = 5;
const POLL_MS = 10;
const STOP_TIMEOUT_MS = 10_000;

/** Passing troubles: a port that another server took first, and backends that have not noticed their end yet. */
const WORTH_ANOTHER_TRY =
  /could not bind|could not create any TCP\/IP sockets|pre-existing shared memory block/;

/** A Postgres that accepts connections. */
export interface Postmaster {
  readonly process: GuardedProcess;
  readonly port: number;
  readonly logFile: string;
}

/**
 * Runs Postgres on a free port of 127.0.0.1 and waits until it accepts connections.
 *
 * @param options.settings go last, so they win over ours
 * @throws where it ends instead; the message has its last lines
 */
export async function runPostmaster(options: {
  guard: Guard;
  place: ClusterPlace;
  binaries: PostgresBinaries;
  settings: Record<string, string>;
}): Promise<Postmaster> {
  const logFile = path.join(options.place.home, 'postgres.log');
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const process = await spawnPostmaster(options, port, logFile);
    if (await becameReady(process, options.place.data)) return { process, port, logFile };
    const tail = await logTail(logFile);
    const again = tries < MAX_TRIES && WORTH_ANOTHER_TRY.test(tail);
    if (!again) throw new Error(`Postgres did not start on ${options.place.data}:${tail}`);
    await sleep(tries * 100);
  }
}

function spawnPostmaster(
  { guard, place, binaries, settings }: Parameters<typeof runPostmaster>[0],
  port: number,
  logFile: string,
): Promise<GuardedProcess> {
  const all = {
    listen_addresses: '127.0.0.1',
    // A socket in /tmp would meet those of other servers; nobody needs it.
    unix_socket_directories: '',
    port: String(port),
    TimeZone: 'UTC',
    log_timezone: 'UTC',
    ...settings,
  };
  return guard.run({
    name: 'Postgres',
    command: binaries.postgres,
    args: ['-D', place.data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    cwd: place.data,
    env: SERVER_ENV,
    ...credentials(place.runAs),
    output: { file: logFile },
    // "Fast": sessions are cut, the last checkpoint is written.
    stopSignal: 'SIGINT',
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
}

/** Recovery after a crash takes the time it takes: the wait ends when Postgres is ready, or has ended. */
async function becameReady(process: GuardedProcess, data: string): Promise<boolean> {
  let ended = false;
  void process.exited.then(() => {
    ended = true;
  });
  while (!ended) {
    const file = await readPostmasterFile(data);
    if (file?.pid === process.pid && file.ready) return true;
    await sleep(POLL_MS);
  }
  return false;
}
