import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { type Fault, someTimeMs } from './fault.ts';

async function dumpOf({ client }: RedisServer): Promise<string> {
  const [, folder] = (await client.config('GET', 'dir')) as [string, string];
  return join(folder, 'dump.rdb');
}

/** What a Redis server can do to those who rely on it. */
export const REDIS_FAULTS: readonly Fault[] = [
  {
    name: 'Redis paused',
    run: async ({ servers }, random) => {
      const server = random.pick(servers);
      server.pause();
      await pause(someTimeMs(random));
      server.resume();
    },
  },
  {
    name: 'Redis killed, back empty',
    run: async ({ servers }, random) => {
      const server = random.pick(servers);
      await server.kill();
      await pause(random.next() * 1_500);
      await server.restart();
    },
  },
  {
    name: 'Redis killed, back with an older state',
    run: async ({ servers }, random) => {
      const server = random.pick(servers);
      await server.client.call('SAVE');
      await pause(someTimeMs(random));
      const dump = await dumpOf(server);
      await server.kill();
      await server.restart();
      await until('the older state is loaded', async () => (await server.client.ping()) === 'PONG');
      // The next one to be killed comes back empty again.
      await rm(dump, { force: true });
    },
  },
  {
    name: 'Redis out of memory',
    run: async ({ servers }, random) => {
      const { client } = random.pick(servers);
      await client.config('SET', 'maxmemory', '1mb');
      await pause(someTimeMs(random) * 1.5);
      await client.config('SET', 'maxmemory', '0');
    },
  },
  {
    name: 'Redis flushed',
    run: async ({ servers }, random) => {
      await random.pick(servers).client.flushall();
    },
  },
];
