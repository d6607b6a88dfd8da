import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Redis } from 'ioredis';
import { freePort } from '#src/apps/local/src/services';
import { ROOT } from './project.ts';

export interface ConfiguredRedis {
  readonly port: number;
  readonly client: Redis;
  stop(): Promise<void>;
}

function command(): { command: string; args: readonly string[] } {
  const given = process.env.TEST_REDIS;
  if (given === undefined)
    throw new Error('run the tests with `npm test`, or `npm test -- <files>` for some of them');
  return JSON.parse(given);
}

/**
 * A real Redis started from a configuration file, as the container starts it, but for where it listens.
 *
 * @param file its path from the project's root
 * @param given.settings what its command line has after the file
 * @param given.username as whom the client logs in, with `given.password`; default: without a login
 * @throws with what it said where it ends instead of answering
 */
export async function startConfiguredRedis(
  file: string,
  { settings = [], ...login }: { settings?: readonly string[]; username?: string; password?: string } = {},
): Promise<ConfiguredRedis> {
  const redis = command();
  const port = await freePort();
  const args = [...redis.args, file, ...settings, '--port', `${port}`, '--bind', '127.0.0.1'];
  const server = spawn(redis.command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = Promise.all([once(server, 'exit'), text(server.stdout), text(server.stderr)]);
  // The first answer is waited for as long as it takes, since a server that ends says so.
  const client = new Redis({
    port,
    host: '127.0.0.1',
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
    ...login,
  });
  client.on('error', () => {});
  const ended = exited.then(([, ...said]) => Promise.reject(new Error(`Redis ended: ${said.join('')}`)));
  // A later stop waits for it to end.
  ended.catch(() => {});
  await Promise.race([client.ping(), ended]).catch((error: unknown) => {
    client.disconnect();
    throw error;
  });
  const stop = async () => {
    client.disconnect();
    server.kill('SIGTERM');
    await exited;
  };
  return { port, client, stop };
}
