import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type StartedPostgres, startPostgres } from '#src/apps/local/src/postgres';
import { placeCluster } from '#src/apps/local/src/postgres-user';
import { Services } from '#src/apps/local/src/services';
import { childrenOf } from './child-processes.ts';
import { runCommand } from './run-command.ts';

/** A Postgres of a test's own, to be killed and paused. Its port may change when it comes back. */
export interface OwnPostgres {
  /** Its address now. */
  readonly url: string;
  readonly port: number;
  pause(): void;
  resume(): void;
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Stops it, takes a copy of its data, and starts it again. */
  backup(): Promise<Backup>;
  /** Starts another one, a standby with a copy of its data that is promoted, beside this one, which is restarted for that. */
  promoteCopy(): Promise<OwnPostgres>;
  stop(): Promise<void>;
}

/** A copy of the data of a Postgres. Whatever was committed since is lost when it takes the place of the data. */
export interface Backup {
  /** Ends the server as a crash does, and starts it with the copy. */
  restore(): Promise<void>;
  /** The same as a failover does it: the copy is a standby that is promoted, and begins a timeline of its own. */
  promote(): Promise<void>;
}

/** @param more settings of the server, beside those that make it fast and its commits not durable */
export async function startOwnPostgres(more: Record<string, string> = {}): Promise<OwnPostgres> {
  return startIn(await newHome(), more);
}

const newHome = () => mkdtemp(join(tmpdir(), 'hotshelf-postgres-'));

async function startIn(home: string, more: Record<string, string>): Promise<OwnPostgres> {
  const services = new Services();
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', ...more };
  let postgres: StartedPostgres = await startPostgres({ services, home, settings });
  // The postmaster alone: its sessions would go on answering.
  const signal = (name: NodeJS.Signals) => {
    for (const pid of [postgres.pid, ...childrenOf(postgres.pid)]) process.kill(pid, name);
  };
  const kill = async () => {
    signal('SIGKILL');
    await postgres.stop();
  };
  const restart = async () => {
    postgres = await startPostgres({ services, home, settings });
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
    kill,
    restart,
    backup: async () => {
      const data = postgres.dataFolder;
      const copy = `${data}-copy`;
      await postgres.stop();
      await copyFolder(data, copy);
      await restart();
      const putBack = async () => {
        await kill();
        await copyFolder(copy, data);
      };
      return {
        restore: async () => {
          await putBack();
          await restart();
        },
        promote: async () => {
          await putBack();
          await makeStandby(data);
          await restart();
          await promote(postgres.url);
        },
      };
    },
    promoteCopy: async () => {
      const copy = await newHome();
      await postgres.stop();
      await run('cp', '-a', `${home}/.`, copy);
      const { data } = await placeCluster(copy);
      await copyFolder(postgres.dataFolder, data);
      await restart();
      await makeStandby(data);
      const standby = await startIn(copy, more);
      await promote(standby.url);
      return standby;
    },
    stop: async () => {
      await services.stop();
      // Its data lies outside if root runs the tests.
      const { folder } = await placeCluster(home);
      for (const each of [folder, home]) await rm(each, { recursive: true, force: true });
    },
  };
}

/** With owners, which Postgres is particular about. */
async function copyFolder(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await run('cp', '-a', from, to);
}

/** A file of the right owner. */
const makeStandby = (data: string) => copyFolder(join(data, 'PG_VERSION'), join(data, 'standby.signal'));

async function promote(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query('SELECT pg_promote()').finally(() => client.end());
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { code, output } = await runCommand(command, args, {});
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${output}`);
}
