import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Guard, startGuard } from '#src/apps/local/src/guard/start-guard';
import { type StartedPostgres, startPostgres } from '#src/apps/local/src/postgres/start-postgres';

import { childrenOf } from './child-processes.ts';

/** A Postgres of a test's own, to be killed and paused. Its port may change when it comes back. */
export interface OwnPostgres {
  /** Its address now. */
  readonly url: string;
  readonly port: number;
  pause(): void;
  resume(): void;
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const home = await mkdtemp(join(tmpdir(), 'hotshelf-postgres-'));
  const guard: Guard = await startGuard();
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  let postgres: StartedPostgres = await startPostgres({ guard, home, settings });
  // The postmaster alone: its sessions would go on answering.
  const signal = (name: NodeJS.Signals) => {
    for (const pid of [postgres.pid, ...childrenOf(postgres.pid)]) process.kill(pid, name);
  };
  return {
    get url() {
      return postgres.url;
    },
    get port() {
      return postgres.port;
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    kill: async () => {
      signal('SIGKILL');
      await postgres.stop();
    },
    restart: async () => {
      postgres = await startPostgres({ guard, home, settings });
    },
    stop: async () => {
      await guard.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
