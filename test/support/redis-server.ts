import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { ProgramCommand } from '#src/apps/local/src/debian-packages';
import { freePort } from '#src/apps/local/src/services';
import { endWithMe } from './end-with-me.ts';
import { until } from './until.ts';

/** A Redis of a test's own, to be killed, paused and brought back. */
export interface RedisServer {
  readonly url: string;
  /** A connection for the test itself, to look and to meddle. */
  readonly client: Redis;
  pause(): void;
  resume(): void;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export function sharedCommand(): ProgramCommand {
  const text = process.env.TEST_REDIS;
  if (text === undefined)
    throw new Error('run the tests with `npm test`, or `npm test -- <files>` for some of them');
  return JSON.parse(text);
}

/** Who logs in, each as `user:password`. */
export interface RedisLogins {
  /** In the URL. */
  readonly service: string;
  /** With the test's own connection. */
  readonly operator: string;
}

/**
 * @param settings more arguments for the server
 * @param redis the server to run; default: the one that all tests run on
 * @param logins of a server with users; default: none
 */
export async function startRedisServer(
  settings: readonly string[] = [],
  redis: ProgramCommand = sharedCommand(),
  logins?: RedisLogins,
): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'hotshelf-redis-'));
  const port = await freePort();
  const options = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ];
  const [username, password] = logins?.operator.split(':') ?? [];
  const login = logins === undefined ? {} : { username, password };
  const client = new Redis({ port, host: '127.0.0.1', ...login, lazyConnect: true, retryStrategy: () => 20 });
  client.on('error', () => {});
  let server: ChildProcess;

  const launch = async () => {
    server = spawn(redis.command, [...redis.args, ...options, ...settings], { stdio: 'ignore' });
    endWithMe(server);
    if (client.status === 'wait') await client.connect().catch(() => {});
    await until('Redis answers', async () => (await client.ping()) === 'PONG');
  };
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  };
  await launch();
  return {
    url: `redis://${logins === undefined ? '' : `${logins.service}@`}127.0.0.1:${port}`,
    client,
    pause: () => server.kill('SIGSTOP'),
    resume: () => server.kill('SIGCONT'),
    kill,
    restart: launch,
    stop: async () => {
      client.disconnect();
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
