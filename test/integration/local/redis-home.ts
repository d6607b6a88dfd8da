import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import { privateRedis } from '#src/apps/local/src/redis/apt/private-redis';
import type { ServerCommand } from '#src/apps/local/src/redis/server-command';

/** The project's own folder for state: the distribution's package is fetched into it once. */
export const STATE = path.resolve(import.meta.dirname, '../../../.hotshelf');

/** A Redis 8, whatever is installed. */
export async function packagedServer(): Promise<ServerCommand> {
  const found = await privateRedis(path.join(STATE, 'redis'));
  if (found.kind === 'unavailable') throw new Error(`${found.reason}. ${found.install}`);
  return found;
}

/** A home beside the package that is kept in `STATE`. */
export async function makeRedisHome(): Promise<string> {
  await mkdir(STATE, { recursive: true });
  return mkdtemp(path.join(STATE, 'test-redis-'));
}

/**
 * Runs something on a machine that has nothing on its PATH but these programs.
 *
 * @param programs shell scripts by name
 */
export async function withPrograms<T>(programs: Record<string, string>, run: () => Promise<T>): Promise<T> {
  const folder = await makeRedisHome();
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

/** The text of a script that becomes that server. */
export function exec({ command, args }: ServerCommand, serverArgs = '"$@"'): string {
  return `exec ${[command, ...args].map((word) => `'${word}'`).join(' ')} ${serverArgs}`;
}

/** Asks one question and hangs up. */
export async function askRedis(url: string, command: string, ...args: string[]): Promise<unknown> {
  const client = new Redis(url);
  try {
    return await client.call(command, ...args);
  } finally {
    client.disconnect();
  }
}
