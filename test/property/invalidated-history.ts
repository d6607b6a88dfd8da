import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import type { CacheNode } from '../support/cache-node.ts';
import { changeInRedis } from '../support/change-in-redis.ts';
import { redisKeys } from '../support/redis-keys.ts';
import type { RedisServer } from '../support/redis-server.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import { TestOrigin } from '../support/test-origin.ts';
import { until } from '../support/until.ts';

/** What may happen to one key of a fleet of two, whose memories hear of it from Redis alone. */
export const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('read' as const, 'read the origin' as const),
      node: fc.constantFrom('near' as const, 'far' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('write' as const, 'tombstone' as const, 'commit' as const) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('close the origin', 'open the origin', 'fail', 'mend', 'tick', 'settle'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('lose the link', 'regain the link', 'evict', 'flush', 'lose the lease'),
    }),
  },
);
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Where a history takes place. */
export interface Place {
  readonly near: CacheNode;
  readonly far: CacheNode;
  readonly redis: RedisServer;
  /** Between `near` and its notices; its commands go the direct way. */
  readonly proxy: TcpProxy;
  /** The keys whose invalidations each node received. */
  readonly heard: Readonly<Record<NodeName, ReadonlySet<CacheKey>>>;
}

type NodeName = 'near' | 'far';

let markers = 0;

/** A history, and the model that every answer in it is held against. */
export class InvalidatedHistory {
  private readonly origin = new TestOrigin();
  private readonly reads: Promise<void>[] = [];
  /** The latest change that was applied to Redis. */
  private applied = 1;
  /** What each node must know: what it answered with, and the invalidations that it certainly received. */
  private readonly floor: Record<NodeName, number> = { near: 0, far: 0 };
  private readonly key: CacheKey;
  private readonly place: Place;

  constructor(key: CacheKey, place: Place) {
    this.key = key;
    this.place = place;
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const each of steps) await this.step(each);
    this.origin.open();
    this.origin.failing = false;
    await Promise.all(this.reads);
    await this.settle();
    for (const node of ['near', 'far'] as const) await this.read(node, 'read');
  }

  private async step(each: Step): Promise<void> {
    const { near, redis } = this.place;
    if ('node' in each) return this.begin(each.node, each.do);
    if (each.do === 'commit') this.origin.version += 1;
    if (each.do === 'write' || each.do === 'tombstone') return this.change(each.do);
    if (each.do === 'close the origin') this.origin.close();
    if (each.do === 'open the origin') this.origin.open();
    if (each.do === 'fail' || each.do === 'mend') this.origin.failing = each.do === 'fail';
    if (each.do === 'tick') await new Promise(setImmediate);
    if (each.do === 'settle') await this.settle();
    if (each.do === 'lose the link') this.loseLink();
    if (each.do === 'regain the link') this.place.proxy.pass();
    if (each.do === 'evict') await redis.client.del(redisKeys.entry(this.key));
    if (each.do === 'flush') await redis.client.flushall();
    if (each.do === 'lose the lease') await redis.client.del(redisKeys.lease(this.key));
    if (each.do === 'evict') near.l1.outdated(this.key, 0);
  }

  private loseLink(): void {
    this.place.proxy.swallow();
    this.place.proxy.cut();
  }

  private begin(node: NodeName, how: 'read' | 'read the origin'): void {
    const read = this.read(node, how);
    // Looked at when the history ends, and not before.
    read.catch(() => undefined);
    this.reads.push(read);
  }

  private async read(name: NodeName, how: 'read' | 'read the origin'): Promise<void> {
    const node = this.place[name];
    const least = Math.max(this.floor[name], node.l1Trust.isSynced ? 0 : this.applied);
    try {
      const { entry, verified } =
        how === 'read'
          ? await node.cache.read(this.key, this.origin.load)
          : await node.cache.read(this.key, this.origin.load, { bypass: true });
      // An entry that could not be verified is marked as stale, and never goes back either.
      const wanted = verified ? least : Math.min(least, this.floor[name]);
      assert.ok(entry.version >= wanted, `${name} read ${entry.version} after ${wanted}`);
      this.floor[name] = Math.max(this.floor[name], entry.version);
    } catch (error) {
      assert.match(String(error), /the origin fails/);
    }
  }

  private async change(how: 'write' | 'tombstone'): Promise<void> {
    const { far } = this.place;
    const version = this.origin.version + 1;
    if (how === 'tombstone') {
      this.origin.version = version;
      await changeInRedis(far, this.key, version);
    } else {
      await far.changes.writing(this.key, async ({ committing, committed }) => {
        const state = { state: 'present', version, body: String(version) } as const;
        await committing(state);
        this.origin.version = version;
        await committed(state);
      });
      // The process that wrote reads what it wrote.
      this.floor.far = Math.max(this.floor.far, version);
    }
    this.applied = version;
  }

  /** The change that was committed, that was not applied to Redis: a load may have brought it there. */
  private async apply(): Promise<void> {
    const { version } = this.origin;
    if (version <= this.applied) return;
    await changeInRedis(this.place.far, this.key, version);
    this.applied = version;
  }

  /** Until both have received each change applied to Redis until now. */
  private async settle(): Promise<void> {
    const { near, far, proxy } = this.place;
    await this.apply();
    const { applied } = this;
    proxy.pass();
    await until('the link stands', () => near.l1Trust.isSynced && far.l1Trust.isSynced);
    markers += 1;
    const marker: CacheKey = `product:marker-${markers}`;
    await until('both have heard of the marker', async () => {
      // Again and again: the link may be lost in between. Notices come in order, so what was before it is known too.
      await this.place.redis.client.set(redisKeys.announcement(marker), 'x');
      return this.place.heard.near.has(marker) && this.place.heard.far.has(marker);
    });
    this.floor.near = Math.max(this.floor.near, applied);
    this.floor.far = Math.max(this.floor.far, applied);
  }
}
