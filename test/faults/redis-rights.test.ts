import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { killClients } from '../support/client-list.ts';
import { startReplica } from '../support/redis-replica.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { usesRedis } from '../support/uses-redis.ts';

const PROCESSES = 1;
const ALL = ['on', '>secret', '~*', '&*', '+@all'];
/** How long connections are counted. Before the back-off a process made 25 in each second. */
const COUNTED_MS = 3_000;
/** Of each process: attempts after 0.25, 0.38, 0.56, … s, of its tracking link and of its commands. */
const MOST_CONNECTIONS = 12;
/** `CACHE_L1_UNSYNCED_TTL`, and what a busy machine may add. */
const UNSYNCED_MS = 1_000 + 500;
/** What was refused for some seconds is tried again within so many, and then needs a moment. */
const HEALED_MS = 12_000;

interface Case {
  readonly name: string;
  /** What the user of the service may not, as arguments of ACL SETUSER. */
  readonly without: readonly string[];
  /** What the line and the health report say is missing. */
  readonly missing: string;
  /** Whether Redis cannot be used at all; else the tracking link alone stands still. */
  readonly isWhole: boolean;
}

const CHANNELS: Case = {
  name: 'the channels',
  without: ['resetchannels'],
  missing: '&__redis__:invalidate',
  isWhole: false,
};
const TRACKING: Case = {
  name: 'CLIENT TRACKING',
  without: ['-client|tracking'],
  missing: '+client|tracking',
  isWhole: false,
};
const SCRIPTS: Case = {
  name: 'scripts',
  without: ['-eval', '-evalsha'],
  missing: '+eval +evalsha',
  isWhole: true,
};
const KEYS: Case = {
  name: 'the keys',
  without: ['resetkeys', '~other:*'],
  missing: '~hotshelf:*',
  isWhole: true,
};
const WRITES: Case = {
  name: 'writing to the keys',
  without: ['resetkeys', '%R~*'],
  missing: '~hotshelf:*',
  isWhole: true,
};
const GET: Case = { name: 'GET', without: ['-get'], missing: '+get', isWhole: true };
const PASSWORD: Case = {
  name: 'the password of REDIS_URL',
  without: ['resetpass', '>another'],
  missing: 'user name or the password',
  isWhole: true,
};

interface Line {
  readonly level: number;
  readonly context: string;
  readonly msg: string;
}

describe('a Redis that refuses the service', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let apis: Api[] = [];
  let users = 0;

  /** How many lines of each process were written before the case. */
  let earlier = new Map<Api, number>();

  const linesOf = (context: string, from = new Map<Api, number>()) =>
    apis
      .flatMap((api) => api.lines().slice(from.get(api) ?? 0))
      .map((line) => JSON.parse(line) as Line)
      .filter((line) => line.context === context)
      .map(({ msg }) => msg);
  const naming = (api: Api, text: string) =>
    api
      .lines()
      .slice(earlier.get(api) ?? 0)
      .filter((line) => (JSON.parse(line) as Line).msg.includes(text));
  const everywhere = (what: string, holds: (api: Api) => boolean | Promise<boolean>, ms: number) =>
    until(what, async () => (await Promise.all(apis.map(holds))).every(Boolean), ms);
  const healthOf = async (api: Api) => {
    const response = await api.get('/health');
    const health = (await response.json()) as {
      status: string;
      details: Record<string, { status: string; message?: string }>;
    };
    return { code: response.status, ...health };
  };
  const stockOf = async (api: Api) =>
    ((await (await api.get('/products/prod-1')).json()) as { stock: number }).stock;
  const connectionsTo = async (server: RedisServer) =>
    Number(/total_connections_received:(\d+)/.exec(await server.client.info('stats'))?.[1]);
  const changeIsServed = async (ms: number) => {
    for (const api of apis) await stockOf(api);
    const [changed] = await catalogue.sql<{ stock: number }>(
      "UPDATE products SET stock = stock + 1 WHERE id = 'prod-1' RETURNING stock",
    );
    await everywhere('the change is served', async (api) => (await stockOf(api)) === changed?.stock, ms);
  };
  const newUser = async (without: readonly string[]) => {
    users += 1;
    await redis.client.call('ACL', 'SETUSER', `user-${users}`, 'reset', ...ALL, ...without);
    return `user-${users}`;
  };
  const startAs = async (user: string) => {
    const url = new URL(redis.url);
    url.username = user;
    url.password = 'secret';
    await start(url.href);
  };
  const start = async (url: string) => {
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: url };
    apis = await Promise.all(Array.from({ length: PROCESSES }, () => startApi(settings)));
  };
  const stop = async () => {
    await Promise.all(apis.map((api) => api.stop('SIGKILL')));
    apis = [];
    earlier = new Map();
  };

  /** Whatever is refused, and from when on: once said, slowly tried again, and no answer is wrong or missing. */
  const staysCalm = async (context: TestContext, { missing, isWhole }: Omit<Case, 'name' | 'without'>) => {
    await everywhere('it is said', (api) => naming(api, missing).length > 0, 3_000);
    const before = await connectionsTo(redis);
    await pause(COUNTED_MS);
    const connections = (await connectionsTo(redis)) - before;
    context.diagnostic(`${connections} connections of ${PROCESSES} processes in ${COUNTED_MS} ms`);
    assert.ok(connections <= PROCESSES * MOST_CONNECTIONS, `${connections} connections`);
    for (const api of apis) {
      assert.equal(naming(api, missing).length, 1, naming(api, missing).join('\n'));
      const { code, status, details } = await healthOf(api);
      const refused = details[isWhole ? 'redis' : 'cache'];
      assert.deepEqual([code, status, refused?.status], [200, 'degraded', 'degraded']);
      assert.ok(refused?.message?.includes(missing), refused?.message);
      if (!isWhole) assert.equal(details.redis?.status, 'up');
    }
    // A leader steps down once; a connection that was ended is an outage once, whose end is logged later.
    for (const context of ['Outages', 'Relay'])
      assert.ok(linesOf(context, earlier).length <= apis.length, linesOf(context, earlier).join(', '));
    await changeIsServed(UNSYNCED_MS);
  };

  const heals = async (context: TestContext) => {
    const startedAtMs = performance.now();
    await everywhere('all is used', usesRedis, HEALED_MS);
    context.diagnostic(`used after ${Math.round(performance.now() - startedAtMs)} ms`);
    await everywhere('all is well', async (api) => (await healthOf(api)).status === 'ok', 2_000);
    await changeIsServed(UNSYNCED_MS);
    const count = (text: string) => linesOf('Relay').filter((msg) => msg === text).length;
    await until('one leads', () => count('leading') - count('no longer leading') === 1);
  };

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
  });
  afterEach(stop);
  after(async () => {
    await redis.stop();
    await catalogue.drop();
  });

  for (const each of [SCRIPTS, PASSWORD])
    it(`is said once if ${each.name} is refused from the start, tried again slowly, done without, and used once it is granted`, async (context) => {
      const user = await newUser(each.without);
      await startAs(user);
      await staysCalm(context, each);
      if (each.isWhole) assert.deepEqual(linesOf('Relay'), []);
      assert.deepEqual(linesOf('Outages'), []);
      await redis.client.call('ACL', 'SETUSER', user, 'reset', ...ALL);
      await heals(context);
    });

  it('is said once for each right that a running service is deprived of, and used when it has them again', async (context) => {
    const user = await newUser([]);
    await startAs(user);
    await heals(context);
    for (const each of [CHANNELS, TRACKING, SCRIPTS, KEYS, WRITES, GET, PASSWORD]) {
      context.diagnostic(each.name);
      earlier = new Map(apis.map((api) => [api, api.lines().length]));
      await redis.client.call('ACL', 'SETUSER', user, ...each.without);
      // A connection keeps what it was granted at its start.
      if (each === TRACKING || each === PASSWORD) await killClients(redis.client, 'hotshelf-tracking');
      if (each === PASSWORD) await killClients(redis.client, 'hotshelf');
      await staysCalm(context, each);
      await redis.client.call('ACL', 'SETUSER', user, 'reset', ...ALL);
      await heals(context);
    }
  });

  it('is said once if REDIS_URL leads to a read-only replica, and used once that is a primary', async (context) => {
    const primary = redis;
    const replica = await startReplica(primary);
    try {
      redis = replica;
      await start(replica.url);
      await staysCalm(context, { missing: 'read-only replica', isWhole: true });
      assert.deepEqual(linesOf('Relay'), []);
      await replica.client.call('REPLICAOF', 'NO', 'ONE');
      await heals(context);
    } finally {
      await stop();
      redis = primary;
      await replica.stop();
    }
  });
});
