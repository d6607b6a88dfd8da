import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '#src/apps/local/src/services';
import { endWithMe } from '../../support/end-with-me.ts';
import { until } from '../../support/until.ts';
import { type Place, pinned } from './pinning.ts';
import { processTree, type Usage, usageOf } from './process-usage.ts';

export interface ServerOptions {
  /** The program and its arguments. */
  readonly program: readonly string[];
  /** What runs it, with its arguments; default: this Node. */
  readonly interpreter?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** A path that answers 200 once it is ready. */
  readonly readyPath: string;
  readonly place: Place;
}

/** A contestant under measurement: a server in a process of its own, with nothing of this one's environment. */
export interface Server {
  readonly port: number;
  readonly pid: number;
  /** From the start of the process to its first ready answer, in milliseconds. */
  readonly startedInMs: number;
  usage(): Usage;
  /** It and what it started. */
  pids(): number[];
  stop(): Promise<void>;
}

/** @throws with what it printed where it ends before it is ready, or is not ready within 60 s */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { program, readyPath } = options;
  const port = await freePort();
  const startMs = performance.now();
  const child = launch(options, port);
  endWithMe(child);
  const ended = once(child, 'exit');
  const output = tailOf(child.stderr);
  const isUp = async () => {
    if (child.exitCode !== null) return true;
    return (await fetch(`http://127.0.0.1:${port}${readyPath}`)).status === 200;
  };
  await until(`${program.at(-1)} is ready`, isUp, 60_000);
  const startedInMs = performance.now() - startMs;
  if (child.exitCode !== null) throw new Error(`${program.at(-1)} ended: ${output()}`);
  const pid = child.pid ?? 0;
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const forced = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(forced);
  };
  return { port, pid, startedInMs, usage: () => usageOf(pid), pids: () => processTree(pid), stop };
}

function launch(
  { program, interpreter = [process.execPath], environment, place }: ServerOptions,
  port: number,
) {
  const { command, args } = pinned(place, [...interpreter, ...program]);
  return spawn(command, args, {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', PORT: String(port), ...environment },
    // The log of a service is written and not read: a reader would take CPU time from the measurement.
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** The end of what a process prints; all of it would be kept for nothing. */
function tailOf(stream: NodeJS.ReadableStream): () => string {
  let tail = '';
  stream.on('data', (chunk) => {
    tail = (tail + chunk).slice(-4_000);
  });
  return () => tail;
}
