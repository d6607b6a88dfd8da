import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { type CacheNode, createCacheNode } from '../support/cache-node.ts';
import { redisKeys } from '../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { TestOrigin } from '../support/test-origin.ts';

/** What may happen to one key of a fleet, in any order; reads go on while it does. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('read' as const), node: fc.nat(1) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('change' as const), as: fc.constantFrom('entry', 'tombstone') }),
  },
  fc.record({ do: fc.constantFrom('close' as const, 'open' as const, 'fail' as const, 'mend' as const) }),
  fc.record({ do: fc.constantFrom('evict' as const, 'forget' as const), node: fc.nat(1) }),
  fc.record({
    do: fc.constantFrom('lose-lease' as const, 'flush' as const, 'delete' as const, 'tick' as const),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A fleet of two over one origin. Every change is applied to Redis and to both memories, as the product does. */
class History {
  private readonly origin = new TestOrigin();
  private readonly reads: Promise<void>[] = [];
  private applied = 1;
  private readonly key: CacheKey;
  private readonly nodes: readonly CacheNode[];
  private readonly redis: RedisServer;

  constructor(key: CacheKey, nodes: readonly CacheNode[], redis: RedisServer) {
    this.key = key;
    this.nodes = nodes;
    this.redis = redis;
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const each of steps) await this.step(each);
    this.origin.open();
    await Promise.all(this.reads);
  }

  private async step(each: Step): Promise<void> {
    switch (each.do) {
      case 'read':
        this.begin(each.node);
        break;
      case 'change':
        return this.change(each.as);
      case 'close':
        this.origin.close();
        break;
      case 'open':
        this.origin.open();
        break;
      case 'fail':
      case 'mend':
        this.origin.failing = each.do === 'fail';
        break;
      case 'evict':
      case 'forget':
        this.nodes[each.node]?.l1.suspect(this.key);
        break;
      case 'lose-lease':
        await this.redis.client.del(redisKeys.lease(this.key));
        break;
      case 'delete':
        await this.redis.client.del(redisKeys.entry(this.key));
        break;
      case 'flush':
        await this.redis.client.flushall();
        break;
      default:
        await new Promise(setImmediate);
    }
  }

  private begin(node: number): void {
    const read = this.read(node);
    // Looked at when the history ends, and not before.
    read.catch(() => undefined);
    this.reads.push(read);
  }

  /** Checks the one promise that matters: a read sees at least the changes applied before it began. */
  private async read(node: number): Promise<void> {
    const appliedAtStart = this.applied;
    try {
      const { entry } = (await this.nodes[node]?.cache.read(this.key, this.origin.load)) ?? {};
      assert.ok(
        entry !== undefined && entry.version >= appliedAtStart,
        `read ${entry?.version} after ${appliedAtStart}`,
      );
    } catch (error) {
      assert.match(String(error), /the origin fails/);
    }
  }

  private async change(as: string): Promise<void> {
    this.origin.version += 1;
    const { version } = this.origin;
    const [node] = this.nodes;
    if (node === undefined) return;
    if (as === 'tombstone') await node.tombstones.put([{ key: this.key, version }]);
    else {
      const loaded = { state: 'present', version, body: String(version) } as const;
      await node.l2.put(
        node.maker.make(this.key, { loaded, startedAtMs: performance.now(), floorVersion: 0 }),
        null,
      );
    }
    for (const { l1 } of this.nodes) l1.changed(this.key, version);
    this.applied = version;
  }
}

describe('reading through the tiers, in any order of events', () => {
  let redis: RedisServer;
  let nodes: CacheNode[];

  before(async () => {
    redis = await startRedisServer();
    const config = { leaseMs: 150, failureMs: 1 };
    nodes = await Promise.all([1, 2].map(() => createCacheNode({ redisUrl: redis.url, config })));
  });
  after(async () => {
    for (const node of nodes) node.close();
    await redis.stop();
  });

  it('never answers a reader with a state from before a change that was applied when it asked', async () => {
    let histories = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        histories += 1;
        await new History(`product:history-${histories}`, nodes, redis).play(steps);
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });
});
