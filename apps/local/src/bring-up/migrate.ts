import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalEnv } from '../local-env.js';
import { logTail } from '../log-tail.js';
import type { Stack } from '../stack/stack.js';
import { MIGRATE_ENTRY } from './api-entries.js';
import { describeExit } from './describe-exit.js';

export interface MigrateOptions {
  readonly env: LocalEnv;
  readonly stack: Stack;
  readonly databaseUrl: string;
}

/**
 * Brings the schema up to date, as production does: by the api's own job.
 *
 * @throws where that fails, with its last lines
 */
export async function migrate({ env, stack, databaseUrl }: MigrateOptions): Promise<string> {
  await mkdir(env.home, { recursive: true });
  const log = join(env.home, 'migrate.log');
  const job = await stack.run({
    name: 'the migration',
    command: process.execPath,
    args: [MIGRATE_ENTRY],
    env: { ...env.handedOn, DATABASE_URL: databaseUrl },
    output: { file: log },
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5_000,
  });
  const exit = await job.exited;
  const tail = await logTail(log);
  if (exit.code !== 0)
    throw new Error(`The schema could not be brought up to date (${describeExit(exit)}):${tail}`);
  return tail.trim();
}
