import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { type StartedPostgres, startPostgres } from '#src/apps/local/src/postgres';
import { placeCluster } from '#src/apps/local/src/postgres-user';
import { readProcess } from '#src/apps/local/src/processes';
import type { ServiceSpec, Services } from '#src/apps/local/src/services';
import { until } from '../../support/until.ts';
import type { Plan } from './programs/starter.ts';

export const ROOT = path.resolve(import.meta.dirname, '../../..');
const program = (name: string) => path.join(import.meta.dirname, 'programs', name);

/** A service that writes into a journal what happens to it. */
export function journaling(
  name: string,
  journal: string,
  mode: 'obedient' | 'stubborn' | 'parent' = 'obedient',
) {
  return {
    name,
    command: process.execPath,
    args: [program('service.ts'), name, journal, mode],
    log: `${journal}.${name}.log`,
    stopTimeoutMs: 5_000,
  } satisfies ServiceSpec;
}

/** The lines of a journal so far. */
export async function linesOf(journal: string): Promise<string[]> {
  const text = await readFile(journal, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

export const untilNoted = (journal: string, line: string) =>
  until(`the journal says "${line}"`, async () => (await linesOf(journal)).includes(line));

export const isRunning = (pid: number) => readProcess(pid) !== undefined;

export const untilGone = (...pids: number[]) =>
  until(`processes ${pids.join(', ')} are gone`, () => !pids.some(isRunning));

/** A process that starts services, to be killed. */
export interface Starter {
  readonly pid: number;
  /** Resolves with the pids of the services, in the order of the plan, when they have started. */
  readonly started: Promise<number[]>;
  readonly child: ChildProcess;
  /** Kills it, or its whole process group, and waits until it is gone. */
  kill(target?: 'process' | 'group'): Promise<void>;
}

export function runStarter(plan: Plan): Starter {
  const child = spawn(process.execPath, [program('starter.ts'), JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const pid = child.pid as number;
  const exited = once(child, 'exit');
  const started = once(createInterface(child.stdout), 'line').then(([line]) => JSON.parse(line) as number[]);
  const kill = async (target: 'process' | 'group' = 'process') => {
    if (child.exitCode === null && child.signalCode === null)
      process.kill(target === 'group' ? -pid : pid, 'SIGKILL');
    await exited;
    child.stdout.destroy();
  };
  return { pid, started, child, kill };
}

/** A home of a test's own in a folder that, as `mktemp -d` makes it, only its owner can enter. */
export interface PostgresHome {
  readonly home: string;
  start(services: Services, settings?: Record<string, string>): Promise<StartedPostgres>;
  /** Removes it and its data, which may lie outside. */
  remove(): Promise<void>;
}

export async function makePostgresHome(): Promise<PostgresHome> {
  const closed = await realpath(await mkdtemp(path.join(tmpdir(), 'hotshelf-pg-')));
  const home = path.join(closed, 'postgres');
  return {
    home,
    // Durability is not under test and costs most of the time.
    start: (services, settings = {}) =>
      startPostgres({ services, home, settings: { fsync: 'off', ...settings } }),
    async remove() {
      const { folder } = await placeCluster(home);
      await rm(folder, { recursive: true, force: true });
      await rm(closed, { recursive: true, force: true });
    },
  };
}

export async function query(connectionString: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/**
 * Runs something on a machine that has nothing on its PATH but these programs.
 *
 * @param programs shell scripts by name
 */
export async function withPrograms<T>(programs: Record<string, string>, run: () => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hotshelf-path-'));
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(path.join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(path.join(folder, name), 0o755);
  }
  const before = process.env.PATH;
  process.env.PATH = folder;
  try {
    return await run();
  } finally {
    process.env.PATH = before;
    await rm(folder, { recursive: true });
  }
}
