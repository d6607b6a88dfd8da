import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runningPostgres } from '#src/apps/local/src/postgres';
import { placeCluster } from '#src/apps/local/src/postgres-user';

/** A state folder of a test's own. */
export interface Home {
  readonly folder: string;
  /** The settings of a command that runs on it: nothing of the developer's shell leaks into a test. */
  readonly env: NodeJS.ProcessEnv;
  /** What was run on it. */
  readonly runs: { kill(): Promise<void> }[];
  /** The database that runs on it now. */
  databaseUrl(): Promise<string>;
  /** Ends what still runs on it: a test that fails does not come to do it. */
  endRuns(): Promise<void>;
  remove(): Promise<void>;
}

export async function makeHome(): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'hotshelf-start-'));
  // Where Postgres' own user can't enter the folder, its data goes elsewhere, and would stay there.
  await chmod(folder, 0o755);
  const bin = await folderWithRedis(folder);
  const runs: Home['runs'] = [];
  return {
    folder,
    env: { PATH: `${bin}:${process.env.PATH}`, HOTSHELF_HOME: folder, PORT: '0', LOG_LEVEL: 'warn' },
    runs,
    databaseUrl: async () => {
      const running = await runningPostgres(await placeCluster(join(folder, 'postgres')));
      return running?.url ?? '';
    },
    endRuns: async () => {
      for (const run of runs.splice(0)) await run.kill();
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** For the PATH: the Redis that all tests use, so that no run has to fetch one for its empty home. */
async function folderWithRedis(home: string): Promise<string> {
  const bin = join(home, 'bin');
  await mkdir(bin);
  const { command, args } = JSON.parse(process.env.TEST_REDIS ?? '{}') as { command: string; args: string[] };
  const quoted = [command, ...args].map((word) => `'${word}'`).join(' ');
  await writeFile(join(bin, 'redis-server'), `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 });
  return bin;
}
