import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endWithMe } from '../../support/end-with-me.ts';
import type { LoadPlan, LoadResult } from '../load/plan.ts';
import { type Place, pinned } from './pinning.ts';

const MAIN = join(import.meta.dirname, '../load/main.ts');

type Message = { kind: 'done'; result: LoadResult } | { kind: 'failed'; reason: string };

/** The load generator in a process of its own; used for many loads, so that its code is compiled by the time it counts. */
export interface LoadProcess {
  /** @throws where the generator fails; what a server does wrong is in the result */
  run(plan: LoadPlan): Promise<LoadResult>;
  stop(): Promise<void>;
}

export function startLoadProcess(place: Place): LoadProcess {
  const { command, args } = pinned(place, [process.execPath, MAIN]);
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  endWithMe(child);
  const ended = once(child, 'exit');
  return {
    run: async (plan) => {
      const answered = once(child, 'message') as Promise<[Message]>;
      child.send(plan);
      const [message] = await Promise.race([
        answered,
        ended.then(([code]): [Message] => [{ kind: 'failed', reason: `it ended with ${code}` }]),
      ]);
      if (message.kind === 'failed') throw new Error(`the load generator failed: ${message.reason}`);
      return message.result;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await ended;
    },
  };
}
