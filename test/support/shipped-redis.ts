import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type RedisServer, sharedCommand, startRedisServer } from './redis-server.ts';

const FOLDER = join(import.meta.dirname, '../../docker/redis');
const HOTSHELF = 'hotshelf:the-service';
const OPERATOR = 'operator:the-operator';

/**
 * Writes the ACL file as an operator does, with the passwords of the tests.
 *
 * @param change what to make of it before it is written
 */
export async function shippedUsers(folder: string, change = (acl: string) => acl): Promise<string> {
  const files = await Promise.all(
    [HOTSHELF, OPERATOR].map(async (login) => {
      const [user = '', password = ''] = login.split(':');
      await writeFile(join(folder, user), `${password}\n`);
      return join(folder, user);
    }),
  );
  const { stdout } = await promisify(execFile)(join(FOLDER, 'make-users.sh'), files);
  const path = join(folder, 'users.acl');
  await writeFile(path, change(stdout));
  return path;
}

/** A Redis as `docker/redis` sets it up: its configuration, and its users. The URL is that of the service's user. */
export async function startShippedRedis(change?: (acl: string) => string): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'hotshelf-acl-'));
  const { command, args } = sharedCommand();
  const server = await startRedisServer(
    ['--aclfile', await shippedUsers(folder, change)],
    { command, args: [...args, join(FOLDER, 'redis.conf')] },
    { service: HOTSHELF, operator: OPERATOR },
  );
  return {
    ...server,
    stop: async () => {
      const denied = await deniedBy(server).finally(() => server.stop());
      await rm(folder, { recursive: true, force: true });
      if (denied.length > 0) throw new Error(`the rights of users.acl do not suffice: ${denied.join(', ')}`);
    },
  };
}

/** What the server refused since its last start, as it logged it. */
export async function deniedBy({ client }: RedisServer): Promise<string[]> {
  const entries = (await client.call('ACL', 'LOG')) as (string | number)[][];
  const fields = entries.map((entry) => new Map(entry.map((name, at) => [name, entry[at + 1]])));
  return fields.map((entry) => `${entry.get('reason')} ${entry.get('object')}`);
}
