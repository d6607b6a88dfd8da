import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import type { Home } from './home.ts';
import { gone, processTree, signalIfThere } from './process-tree.ts';

const ROOT = join(import.meta.dirname, '../../..');
const START = [process.execPath, 'apps/local/src/start.ts'] as const;
const READY_TIMEOUT_MS = 60_000;

/** One run of the start command, or of another one. */
export interface Start {
  readonly pid: number;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  output(): string;
  /** Kills it, where it has not ended, and waits until all that it has started is gone. */
  kill(): Promise<void>;
  /** Waits until it says that it is ready. */
  ready(): Promise<{ url: string }>;
  /** The pids of it and all that it has started whose command lines have this in them; '' for all. */
  started(commandPart: string): number[];
}

/**
 * Runs the start command, in a process group of its own as a shell does.
 *
 * @param settings on top of the home's
 * @param command default: the start command itself, without npm
 */
export function runStart(
  home: Home,
  settings: NodeJS.ProcessEnv = {},
  [program, ...args]: readonly [string, ...string[]] = START,
): Start {
  const env = { ...home.env, ...settings };
  const child = spawn(program, args, { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const pid = child.pid ?? 0;
  const output = collect(child);
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  const start: Start = {
    pid,
    ended,
    output,
    kill: () => kill(pid, ended),
    ready: () => ready(child, output),
    started: (part) => processTree(pid).flatMap(({ pid, args }) => (args.includes(part) ? [pid] : [])),
  };
  home.runs.push(start);
  return start;
}

async function kill(pid: number, ended: Promise<unknown>): Promise<void> {
  const pids = processTree(pid).map((each) => each.pid);
  // What a test has paused could not be ended in order.
  for (const each of pids) signalIfThere(each, 'SIGCONT');
  if (pids.length > 0) signalIfThere(pid, 'SIGKILL');
  await Promise.all([ended, gone(pids)]);
}

async function ready(child: ChildProcess, output: () => string): Promise<{ url: string }> {
  const address = () => /^ {2}a product +(http:\S+)\/products\/prod-1$/m.exec(output())?.[1];
  const over = () => address() !== undefined || child.exitCode !== null;
  await until('the start is ready', over, READY_TIMEOUT_MS).catch((error: unknown) => {
    throw new Error(`it is not ready: ${output()}`, { cause: error });
  });
  const url = address();
  if (url === undefined) throw new Error(`it ended: ${output()}`);
  return { url };
}

function collect(child: ChildProcess): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  return () => output;
}
