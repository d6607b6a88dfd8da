import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import type { Guard } from '#src/apps/local/src/guard/start-guard';
import { placeCluster } from '#src/apps/local/src/postgres/cluster-place';
import { type StartedPostgres, startPostgres } from '#src/apps/local/src/postgres/start-postgres';

/** A home of a test's own in a folder that, as `mktemp -d` makes it, nobody else can enter. */
export interface PostgresHome {
  readonly home: string;
  start(guard: Guard, settings?: Record<string, string>): Promise<StartedPostgres>;
  /** Removes it and whatever lies outside on its account. */
  remove(): Promise<void>;
}

export async function makeHome(): Promise<PostgresHome> {
  const closed = await realpath(await mkdtemp(path.join(tmpdir(), 'hotshelf-pg-')));
  const home = path.join(closed, 'postgres');
  return {
    home,
    // Durability is not under test and costs most of the time.
    start: (guard, settings = {}) => startPostgres({ guard, home, settings: { fsync: 'off', ...settings } }),
    async remove() {
      const { folder } = await placeCluster(home);
      await rm(folder, { recursive: true, force: true });
      await rm(closed, { recursive: true, force: true });
    },
  };
}

/** Asks one question and hangs up. */
export async function ask(connectionString: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
