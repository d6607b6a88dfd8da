import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import { type Change, OutboxSession } from '#libs/db';
import { MonotonicClock } from '#src/libs/cache/src/entry/entry';
import { ChangeApplier } from '#src/libs/coherence/src/change-applier';
import { isSeenBy } from '#src/libs/coherence/src/database-history';
import { CoherenceEvents } from '#src/libs/coherence/src/events';
import { BacklogNews, type News, type PublishedNews } from '#src/libs/coherence/src/news';
import { type Leadership, OutboxDrain } from '#src/libs/coherence/src/outbox-drain';
import { Watermark } from '#src/libs/coherence/src/watermark';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { drainInto } from '../../support/outbox-drain.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';

/** Several batches of the relay. */
const PRODUCTS = 5_000;
const FIRST_BATCH = 1_000;

/** Between two looks at it as much time has passed as a batch takes on a slow machine. */
class SlowClock extends MonotonicClock {
  private looks = 0;
  readonly rests: number[] = [];

  override nowMs(): number {
    this.looks += 1;
    return super.nowMs() + this.looks * 100;
  }

  override async wait(ms: number): Promise<void> {
    this.rests.push(ms);
  }
}

describe('the replay of a large change', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let node: CacheNode;
  let session: OutboxSession;
  let drain: OutboxDrain;
  let leadership: Leadership;
  let news: BacklogNews;
  const clock = new SlowClock();
  const applied: (readonly Change[])[] = [];
  let meanwhile: (() => Promise<unknown>) | undefined;
  let observe: (() => Promise<void>) | undefined;
  /** So many batches reach Redis, and no other one. */
  let taken = Number.POSITIVE_INFINITY;

  const masters = async () => {
    const read = await new Watermark(node.link).read();
    return read.kind === 'known' ? read.masters : [];
  };
  const keys = (changes: readonly Change[]) => new Set(changes.map(({ key }) => key));
  const keysOfNextDrain = async () => {
    applied.length = 0;
    assert.equal((await drain.drain(leadership)).kind, 'drained');
    return keys(applied.flat());
  };

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(PRODUCTS), startRedisServer()]);
    node = await createCacheNode({ redisUrl: redis.url });
    const settings = readConfig({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    session = await OutboxSession.open(settings.database, settings.redis.prefix, 'a process');
    class Observed extends ChangeApplier {
      override async apply(changes: readonly Change[], isReplayed?: boolean): Promise<boolean> {
        if (applied.length >= taken) return false;
        applied.push(changes);
        const work = meanwhile;
        meanwhile = undefined;
        await work?.();
        await observe?.();
        return super.apply(changes, isReplayed);
      }
    }
    const applier = new Observed(node.changes, { of: () => [] });
    news = new BacklogNews(applier, node.link, new CoherenceEvents());
    drain = drainInto(node, applier, clock);
    leadership = drain.leadershipOver(session);
    assert.equal((await drain.drain(leadership)).kind, 'drained');
  });
  after(async () => {
    node.close();
    await session.close();
    await redis.stop();
    await catalogue.drop();
  });

  it('lets changes pass that are committed meanwhile, and the next drain has nothing left to apply', async () => {
    await catalogue.sql('UPDATE products SET stock = stock + 1');
    applied.length = 0;
    meanwhile = () => catalogue.sql(`UPDATE products SET stock = stock + 1 WHERE id = 'prod-7'`);
    assert.equal((await drain.drain(leadership)).kind, 'drained');
    const alone = applied.findIndex(
      (changes) => changes.length === 1 && changes[0]?.key === 'product:prod-7',
    );
    assert.ok(alone > 0 && alone < applied.length - 1, `it was batch ${alone} of ${applied.length}`);
    assert.deepEqual(await keysOfNextDrain(), new Set());
  });

  it('publishes that all but the backlog is applied, up to where', async () => {
    await catalogue.sql('UPDATE products SET stock = stock + 1');
    await redis.client.del(redisKeys.news);
    const [before] = await masters();
    const seen: (PublishedNews | null)[] = [];
    let transaction = '';
    observe = async () => {
      seen.push(await news.published(await masters()));
    };
    meanwhile = async () => {
      [{ transaction }] = (await catalogue.sql(
        `UPDATE products SET stock = stock + 1 WHERE id = 'prod-7' RETURNING pg_current_xact_id()::text AS transaction`,
      )) as [{ transaction: string }];
    };
    assert.equal((await drain.drain(leadership)).kind, 'drained');
    observe = undefined;
    const last = seen.at(-1);
    assert.ok(last);
    assert.ok(!isSeenBy(last.backlog, transaction), `it is not of the backlog ${last.backlog}`);
    assert.ok(isSeenBy(last.applied[0] ?? '', transaction), `it is applied: ${last.applied}`);
    assert.notEqual(last.backlog, before?.mark?.snapshot);
    assert.deepEqual(new Set(seen.map((each) => each?.backlog)), new Set([undefined, last.backlog]));
  });

  it('is of one more backlog when more is committed meanwhile than is applied at once', async () => {
    await catalogue.sql('UPDATE products SET stock = stock + 1');
    const backlogs = new Set<string | undefined>();
    observe = async () => {
      backlogs.add((await news.published(await masters()))?.backlog);
    };
    meanwhile = () => catalogue.sql(`UPDATE products SET stock = stock + 1 WHERE id < 'prod-4'`);
    assert.equal((await drain.drain(leadership)).kind, 'drained');
    observe = undefined;
    assert.ok([...backlogs].filter((each) => each !== undefined).length > 1, `backlogs ${[...backlogs]}`);
    const later = await catalogue.sql(`SELECT id FROM products WHERE id < 'prod-4'`);
    assert.ok(later.length > FIRST_BATCH);
    assert.equal((await keysOfNextDrain()).size, later.length);
  });

  it('leaves a TRUNCATE of another table that is committed meanwhile to the next drain, which begins another history', async () => {
    await catalogue.sql('UPDATE products SET stock = stock + 1');
    const { flushes } = await session.state();
    meanwhile = () =>
      catalogue.sql(
        `INSERT INTO outbox (key, version, kind, groups) VALUES ('idle:*', nextval('catalogue_version'), 'all', '{}')`,
      );
    assert.equal((await drain.drain(leadership)).kind, 'drained');
    assert.equal((await session.state()).flushes, flushes);
    await keysOfNextDrain();
    assert.equal((await session.state()).flushes, String(Number(flushes) + 1));
    await drain.drain(leadership);
  });

  it('applies nothing ahead of a database that went back meanwhile: the next drain begins another epoch', async () => {
    await catalogue.sql('UPDATE products SET stock = stock + 1');
    const [before] = await masters();
    meanwhile = () =>
      catalogue.sql(
        `SELECT setval('catalogue_version', 10); UPDATE products SET stock = 2 WHERE id = 'prod-7'`,
      );
    assert.equal((await drain.drain(leadership)).kind, 'drained');
    assert.equal((await masters())[0]?.mark?.epoch, before?.mark?.epoch);
    await keysOfNextDrain();
    const [after] = await masters();
    assert.deepEqual([after?.mark?.reason, after?.mark?.formerEpoch], ['went-back', before?.mark?.epoch]);
  });

  it('publishes nothing to a Redis that was started since, nor for the epoch of another mark', async () => {
    const now = await session.state();
    const marks = await masters();
    const published = async (run: string, epoch: string) => {
      await redis.client.del(redisKeys.news);
      const from: News = { backlog: now.snapshot, seen: now };
      await news.apply(session, { kind: 'known', masters: marks.map((each) => ({ ...each, run })) }, from);
      return news.published(
        marks.map((each) => ({ ...each, mark: each.mark === null ? null : { ...each.mark, epoch } })),
      );
    };
    const { run = '', mark } = marks[0] ?? {};
    assert.equal((await published(run, mark?.epoch ?? ''))?.backlog, now.snapshot);
    assert.equal(await published('another run', mark?.epoch ?? ''), null);
    assert.equal(await published(run, 'another epoch'), null);
  });

  it('rests after each batch for as long as the batch took, once the replay has become a long one', async () => {
    await catalogue.sql('UPDATE products SET stock = stock + 1');
    applied.length = 0;
    clock.rests.length = 0;
    assert.equal((await drain.drain(leadership)).kind, 'drained');
    const sizes = applied.map(({ length }) => length);
    assert.equal(sizes[0], FIRST_BATCH);
    const paced = sizes.filter((size) => size < FIRST_BATCH);
    assert.ok(paced.length >= 4, `batches of ${sizes}`);
    assert.ok(clock.rests.length >= paced.length - 1, `${clock.rests.length} rests in batches of ${sizes}`);
    assert.ok(clock.rests.every((ms) => ms >= 100));
  });

  it('fills Redis with no more tombstones than a change of usual size', async () => {
    await redis.client.del(
      ...(await redis.client.keys(`${redisKeys.entry('product:')}*`.replace('}', ''))),
      'x',
    );
    await catalogue.sql('UPDATE products SET stock = stock + 1');
    assert.equal((await drain.drain(leadership)).kind, 'drained');
    assert.equal((await redis.client.keys('*{product:*')).length, FIRST_BATCH);
  });

  /** Drains until Redis takes no more, and then as another process does. @returns what was applied before and after */
  const interrupted = async (batches: number) => {
    [applied.length, taken] = [0, batches];
    assert.equal((await drain.drain(leadership)).kind, 'redis-unavailable');
    taken = Number.POSITIVE_INFINITY;
    const before = applied.splice(0).flat();
    assert.equal((await drain.drain(drain.leadershipOver(session))).kind, 'drained');
    return { before, after: applied.splice(0).flat() };
  };

  it('goes on where it failed, in the middle of a transaction', async () => {
    await catalogue.sql('UPDATE products SET stock = stock + 1');
    const { before, after } = await interrupted(8);
    assert.ok(before.length > FIRST_BATCH && before.length < PRODUCTS, `${before.length} were applied`);
    assert.equal(keys([...before, ...after]).size, PRODUCTS);
    assert.ok(before.length + after.length <= PRODUCTS + FIRST_BATCH, `${after.length} were applied after`);
  });

  it('goes on behind the transactions that it has applied, and misses none that was under way', async () => {
    const [late, settled] = await Promise.all(
      ['prod-1', 'prod-2'].map((id) => catalogue.hold(`UPDATE products SET stock = 7 WHERE id = '${id}'`)),
    );
    assert.equal((await drain.drain(leadership)).kind, 'drained');
    const ids = Array.from({ length: 3_200 }, (_, n) => `prod-${n + 3}`);
    await catalogue.sql(`DO $$ BEGIN FOR n IN 3..3202 LOOP
      UPDATE products SET stock = stock + 1 WHERE id = 'prod-' || n;
      COMMIT;
    END LOOP; END $$`);
    await settled?.();
    meanwhile = async () => late?.();
    const { before, after } = await interrupted(3);
    assert.ok(before.length < ids.length, `${before.length} were applied`);
    assert.deepEqual(
      [...keys([...before, ...after])].toSorted(),
      ['prod-1', 'prod-2', ...ids].map((id) => `product:${id}`).toSorted(),
    );
    assert.ok(keys(after).has('product:prod-1'));
    assert.ok(before.length + after.length <= ids.length + FIRST_BATCH, `${after.length} were applied after`);
  });

  it('does not go on behind a TRUNCATE whose flush it did not come to', async () => {
    await catalogue.sql('UPDATE products SET stock = stock + 1; TRUNCATE products');
    const { flushes } = await session.state();
    await catalogue.sql(`INSERT INTO products (id, name, price, stock)
      SELECT 'late-' || n, 'Late', 1, 1 FROM generate_series(1, ${PRODUCTS}) AS n`);
    const { before } = await interrupted(70);
    assert.ok(before.some(({ kind }) => kind === 'all') && before.at(-1)?.kind === 'row');
    assert.equal((await session.state()).flushes, String(Number(flushes) + 1));
  });
});
