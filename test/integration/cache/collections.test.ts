import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { CachedCollection, type CachedCollectionOptions } from '#libs/cache-http';
import { CollectionReader } from '#src/libs/cache-http/src/collection/collection-reader';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { Shelf, type Thing } from '../../support/shelf.ts';
import { until } from '../../support/until.ts';

const OPTIONS: CachedCollectionOptions<Shelf, Thing> = {
  member: {
    key: ({ id }) => (id === 'odd' ? null : `product:${id}`),
    version: ({ version }) => version,
    body: (thing) => thing,
    isAbsent: (error) => error instanceof Error && error.message === 'none',
  },
  load: (shelf, id) => shelf.get(id),
  list: (shelf) => ({
    kind: 'listed',
    key: `category:${shelf.name}:page`,
    group: `category:${shelf.name}`,
    load: () => shelf.list(),
  }),
  rest: () => ({}),
  next: () => null,
};

describe('a collection whose list is cached', () => {
  let redis: RedisServer;
  let nodes: CacheNode[];
  let shelf: Shelf;
  let shelves = 0;
  let first: string;
  let second: string;
  let added: string;

  const readerOf = ({ cache }: CacheNode) => new CollectionReader(cache);
  const read = async (node: CacheNode | undefined, bypass = false) => {
    assert.ok(node !== undefined);
    const { members } = await readerOf(node).read(OPTIONS, shelf, {
      bypass: () => bypass,
      admit: async () => undefined,
    });
    return members.filter((member) => member.read.entry.state === 'present').map(({ id }) => id);
  };

  before(async () => {
    redis = await startRedisServer();
    nodes = await Promise.all([1, 2].map(() => createCacheNode({ redisUrl: redis.url, tracked: true })));
  });
  after(async () => {
    for (const node of nodes) node.close();
    await redis.stop();
  });
  beforeEach(() => {
    shelves += 1;
    shelf = new Shelf(`shelf-${shelves}`);
    [first, second, added] = [`a-${shelves}`, `b-${shelves}`, `c-${shelves}`];
    shelf.put(first, 1);
    shelf.put(second, 2);
  });
  afterEach(() => shelf.open());

  it('is listed once for all processes, and each of its members loaded once', async () => {
    for (const node of [...nodes, ...nodes]) assert.deepEqual(await read(node), [first, second]);
    assert.deepEqual([shelf.listed, shelf.loaded], [1, 2]);
  });

  it('may have members whose route calls their id otherwise', async () => {
    const [node] = nodes;
    assert.ok(node !== undefined);
    const member = { ...OPTIONS.member, key: ({ sku }: Record<string, string>) => `product:${sku}` as const };
    const asking = { bypass: () => false, admit: async () => undefined };
    const { members } = await readerOf(node).read({ ...OPTIONS, member, param: 'sku' }, shelf, asking);
    assert.deepEqual(
      members.map(({ id }) => id),
      [first, second],
    );
  });

  it('is refused at the start where no member could be found by it', () => {
    const member = { ...OPTIONS.member, key: ({ sku }: Record<string, string>) => `product:${sku}` as const };
    assert.throws(() => CachedCollection({ ...OPTIONS, member }), {
      message:
        "@CachedCollection: the key of its member does not read the parameter `id`. Set `param: 'sku'`.",
    });
    assert.throws(() => CachedCollection({ ...OPTIONS, member: { ...member, key: () => null } }), {
      message: '@CachedCollection: the key of its member does not read the parameter `id`. It reads none.',
    });
    CachedCollection({ ...OPTIONS, member, param: 'sku' });
  });

  it('is listed again by all once something in its group changed', async () => {
    for (const node of nodes) await read(node);
    shelf.put(added, 3);
    await nodes[0]?.groups.begin(`category:${shelf.name}`);
    for (const node of nodes) {
      await until('the change is seen', async () => (await read(node)).length === 3);
    }
    assert.equal(shelf.listed, 2);
  });

  it('does not outlive a change that superseded its list: later readers get the new one', async () => {
    shelf.close();
    const superseded = read(nodes[0]);
    await until('the list was read', () => shelf.listed === 1);
    shelf.put(added, 3);
    await nodes[1]?.groups.begin(`category:${shelf.name}`);
    shelf.open();
    assert.equal((await superseded).length, 2, 'it was asked before the change');
    for (const node of nodes) {
      await until('the change is seen', async () => (await read(node)).length === 3);
    }
  });

  it('does not let who asks after a change join a list that was read before it', async () => {
    shelf.close();
    const superseded = read(nodes[0]);
    await until('the list was read', () => shelf.listed === 1);
    shelf.put(added, 3);
    await nodes[0]?.groups.begin(`category:${shelf.name}`);
    const afterwards = read(nodes[0]);
    await until('the list is read again', () => shelf.listed === 2);
    shelf.open();
    assert.equal((await afterwards).length, 3);
    await superseded;
  });

  it('leaves out what vanished meanwhile, and what could not be asked for singly', async () => {
    shelf.put('odd', 1);
    await read(nodes[0]);
    shelf.things.delete(second);
    await nodes[0]?.changes.changed([{ key: `product:${second}`, version: 9 }]);
    assert.deepEqual(await read(nodes[0]), [first]);
    assert.equal(shelf.listed, 1);
  });

  it('asks the origin for all of it where the tiers are to be bypassed', async () => {
    await read(nodes[0]);
    shelf.put(added, 3);
    assert.equal((await read(nodes[0], true)).length, 3);
    assert.deepEqual([shelf.listed, shelf.loaded], [2, 5]);
  });

  it('fails as a whole if one member cannot be loaded', async () => {
    await read(nodes[0]);
    shelf.put(added, 3);
    await nodes[0]?.groups.begin(`category:${shelf.name}`);
    shelf.failing = true;
    await assert.rejects(read(nodes[0]), /the origin fails/);
  });

  it('without Redis is right within the time that L1 is trusted for', async () => {
    const clock = new FakeClock();
    const alone = await createCacheNode({ redisUrl: '', clock, config: { l1UnsyncedTtlMs: 1_000 } });
    await read(alone);
    shelf.put(added, 3);
    clock.advance(999);
    assert.equal((await read(alone)).length, 2);
    clock.advance(1);
    assert.equal((await read(alone)).length, 3);
    alone.close();
  });
});
