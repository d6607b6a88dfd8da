import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Plan, Started } from './programs/starter.ts';

const PROGRAM = path.join(import.meta.dirname, 'programs/starter.ts');

/** A starter in a process of its own, which also leads a process group of its own. */
export interface StarterProcess {
  readonly pid: number;
  /** Resolves when all that it was to start stands. */
  readonly started: Promise<Started>;
  /** Kills it, leaving it no chance to tidy up, and waits until it is gone. */
  kill(target?: 'process' | 'group'): Promise<void>;
}

export function runStarter(plan: Plan): StarterProcess {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the starter was not spawned');
  const exited = once(child, 'exit');
  const started = once(createInterface(child.stdout), 'line').then(([line]) => JSON.parse(line) as Started);
  const kill = async (target: 'process' | 'group' = 'process') => {
    if (child.exitCode === null && child.signalCode === null) {
      process.kill(target === 'group' ? -pid : pid, 'SIGKILL');
    }
    await exited;
    child.stdout.destroy();
  };
  return { pid, started, kill };
}
