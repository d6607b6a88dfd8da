import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Cluster, Redis } from 'ioredis';
import { readConfig } from '#libs/config';
import { TrackingLinks } from '#libs/redis';
import { clusterClient, trackingClient } from '#src/libs/redis/src/client-options';
import { masterTags } from '#src/libs/redis/src/masters';
import { TrackingLink } from '#src/libs/redis/src/tracking-links';
import { killClients } from '../../support/client-list.ts';
import { type RedisCluster, startRedisCluster } from '../../support/redis-cluster.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { Heard } from '../../support/tracking-heard.ts';
import { until } from '../../support/until.ts';

const PREFIXES = ['product:', 'category:'];
const configOf = (url: string) => readConfig({ DATABASE_URL: 'postgres://x/x', REDIS_URL: url }).redis;

describe('a tracking link', () => {
  let redis: RedisServer;
  let proxy: TcpProxy;
  let link: TrackingLink;
  let heard: Heard;

  const open = () => {
    heard = new Heard();
    const server = { host: '127.0.0.1', port: proxy.port };
    link = new TrackingLink(new Redis(trackingClient(configOf(proxy.url), server)), PREFIXES, heard);
  };
  const opened = async () => {
    open();
    await until('the link stands', () => heard.isSynced);
  };
  const hears = async (key: string) => {
    await redis.client.set(key, 'x');
    await until(`${key} is invalidated`, () => heard.keys.includes(key));
  };

  before(async () => {
    redis = await startRedisServer();
    proxy = await startTcpProxy(redis.url);
  });
  beforeEach(() => redis.client.flushall());
  afterEach(() => link.close());
  after(async () => {
    await proxy.stop();
    await redis.stop();
  });

  it('receives every change of a key by any client, and of no key with another prefix', async () => {
    await opened();
    await redis.client.set('other:1', 'x');
    await hears('product:1');
    await hears('category:1');
    heard.messages.length = 0;
    await redis.client.del('product:1');
    await until('the deletion is reported', () => heard.keys.includes('product:1'));
    await redis.client.pexpire('category:1', 5);
    await until('its expiry is reported', async () => {
      await redis.client.exists('category:1');
      return heard.keys.filter((key) => key === 'category:1').length > 1;
    });
    assert.ok(!heard.keys.includes('other:1'));
  });

  it('hears of many keys at once', async () => {
    await opened();
    const keys = Array.from({ length: 500 }, (_, n) => `product:${n}`);
    await redis.client.mset(keys.flatMap((key) => [key, 'x']));
    await until('all are invalidated', () => heard.keys.length >= keys.length);
    assert.deepEqual(new Set(heard.keys), new Set(keys));
    assert.ok(heard.messages.some((message) => (message?.length ?? 0) > 1));
  });

  it('hears that everything is gone', async () => {
    await opened();
    await redis.client.flushall();
    await until('the flush is reported', () => heard.messages.includes(null));
  });

  it('shows signs of life all the time', async () => {
    await opened();
    await until('it shows three of them', () => heard.signsOfLife >= 3);
    assert.deepEqual(heard.standing, ['synced']);
  });

  it('says that it is lost when the server ends it, and is armed again by itself', async () => {
    await opened();
    for (let round = 1; round <= 3; round += 1) {
      assert.equal(await killClients(redis.client, 'hotshelf-tracking'), 1);
      await until('it stands again', () => heard.standing.length === 1 + 2 * round);
      await hears(`product:round-${round}`);
    }
    assert.deepEqual(heard.standing, ['synced', 'lost', 'synced', 'lost', 'synced', 'lost', 'synced']);
  });

  it('notices within a second that its peer vanished, and stands again when the network passes', async () => {
    await opened();
    const startMs = performance.now();
    proxy.swallow();
    await until('the silence is noticed', () => heard.standing.at(-1) === 'lost');
    const tookMs = performance.now() - startMs;
    assert.ok(tookMs < 1_000, `took ${tookMs} ms`);
    await redis.client.set('product:meanwhile', 'x');
    proxy.pass();
    await until('it stands again', () => heard.isSynced);
    await hears('product:afterwards');
  });

  it('does not stand on a server that lets it connect and says nothing', async () => {
    proxy.swallow();
    const before = proxy.opened;
    open();
    await until('it tried more than once', () => proxy.opened >= before + 2);
    assert.deepEqual(heard.standing, []);
    proxy.pass();
    await until('it stands', () => heard.isSynced);
    await hears('product:1');
  });

  it('emits only the loss once it was closed', async () => {
    await opened();
    link.close();
    await redis.client.set('product:1', 'x');
    await redis.client.ping();
    assert.deepEqual([heard.standing, heard.messages], [['synced', 'lost'], []]);
    await until('its connection ended', async () => {
      return !String(await redis.client.client('LIST')).includes('hotshelf-tracking');
    });
  });

  it('emits nothing more if it is closed between two messages that came together', async () => {
    await opened();
    const take = heard.invalidated.bind(heard);
    heard.invalidated = (keys) => {
      take(keys);
      link.close();
    };
    await redis.client.multi().set('product:1', 'x').set('category:1', 'x').exec();
    await until('it is closed', () => heard.standing.includes('lost'));
    await redis.client.ping();
    assert.equal(heard.keys.length, 1, 'one message for each prefix');
  });
});

describe('the tracking links of a cluster', () => {
  let cluster: RedisCluster;
  let client: Cluster;
  let links: TrackingLinks;
  let heard: Heard;

  before(async () => {
    cluster = await startRedisCluster();
    const config = configOf(cluster.url);
    const { nodes, ...options } = clusterClient(config, cluster.url.split(','));
    client = new Cluster(nodes, options);
    client.on('error', () => undefined);
    await client.connect();
    links = new TrackingLinks({ client }, config);
    heard = new Heard();
    links.start(PREFIXES, heard);
    await until('all of them stand', () => heard.isSynced);
  });
  after(async () => {
    links.onApplicationShutdown();
    client.disconnect();
    await cluster.stop();
  });

  it('have a tag for each master, whose keys lie there and nowhere else', async () => {
    const tags = masterTags(client);
    assert.equal(tags.length, cluster.masters.length);
    for (const tag of tags) await client.set(`mark:{${tag}}`, 'x');
    for (const { client: master } of cluster.masters) {
      assert.equal((await master.keys('*mark:*')).length, 1);
    }
  });

  it('hear of the keys of every master', async () => {
    const keys = masterTags(client).map((tag) => `product:{${tag}}`);
    for (const key of keys) await client.set(key, 'x');
    await until('all are invalidated', () => keys.every((key) => heard.keys.includes(key)));
  });

  it('are lost as soon as one of them is, and stand again when its master is back', async () => {
    const keys = masterTags(client).map((tag) => `category:{${tag}}`);
    const [master] = cluster.masters;
    assert.ok(master !== undefined);
    // So that the others can be written to meanwhile.
    for (const { client: each } of cluster.masters)
      await each.config('SET', 'cluster-require-full-coverage', 'no');
    await master.kill();
    await until('they are lost', () => heard.standing.includes('lost'));
    await until('the driver has given the master up', () => client.nodes('master').length === 2);
    const later = new TrackingLinks({ client }, configOf(cluster.url));
    const heardLater = new Heard();
    later.start(PREFIXES, heardLater);
    await until('the links to the other masters stand', async () => {
      await Promise.allSettled(keys.map((key) => client.set(key, 'x')));
      return new Set(heardLater.keys).size === keys.length - 1;
    });
    assert.deepEqual(heardLater.standing, [], 'a part of the cluster is not all of it');
    later.onApplicationShutdown();
    assert.deepEqual(heard.standing, ['synced', 'lost']);
    assert.equal(masterTags(client).length, cluster.masters.length);
    await master.restart();
    heard.messages.length = 0;
    await until('they stand again, and hear of the keys of all masters', async () => {
      for (const key of keys) await client.set(key, 'x');
      return heard.isSynced && keys.every((key) => heard.keys.includes(key));
    });
    assert.equal(masterTags(client).length, cluster.masters.length);
  });
});

describe('a Redis that is no cluster', () => {
  it('has one tag, and it is empty', () => {
    const client = new Redis({ lazyConnect: true });
    assert.deepEqual(masterTags(client), ['']);
  });
});

describe('the tracking links of a process that ends', () => {
  it('report no loss: nothing becomes untrusted and nothing is logged', async () => {
    const redis = await startRedisServer();
    // Only its address is looked at: it is never connected.
    const client = new Redis(redis.url, { lazyConnect: true });
    const links = new TrackingLinks({ client }, configOf(redis.url));
    const heard = new Heard();
    try {
      links.start(PREFIXES, heard);
      await until('they stand', () => heard.isSynced);
    } finally {
      links.onApplicationShutdown();
      await redis.stop();
    }
    assert.deepEqual(heard.standing, ['synced']);
  });
});
