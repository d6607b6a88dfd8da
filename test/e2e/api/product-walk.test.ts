import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';

interface Page {
  items: { id: string }[];
  next_cursor: string | null;
}

const PRODUCTS = 20_000;

/** A round of changes is made with every fifth page; each takes one of the first products away, near and far. */
const PAGES_A_ROUND = 5;
const ROUNDS = PRODUCTS / 100 / PAGES_A_ROUND;
const goingIn = (round: number) => `prod-${round * 499}`;

const INSERT = `
  INSERT INTO products (id, name, price, stock, category_id)
  SELECT 'prod-' || (random() * ${PRODUCTS - 1})::int || '-new-' || $1 || '-' || n, 'New', 1, 1, 'cat-test'
  FROM generate_series(1, 20) n RETURNING id`;
const DELETE = 'DELETE FROM products WHERE id = ANY($1)';

describe('a walk through a catalogue that changes', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(PRODUCTS), startRedisServer()]);
    // A machine that is busy with other things is not what is looked for here: nothing is refused for that.
    const patience = { DATABASE_LOAD_TIMEOUT: '20s', CACHE_LEASE_TTL: '30s', SHED_EVENT_LOOP_DELAY: '0' };
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url, ...patience });
  });
  after(async () => {
    await api.stop();
    await redis.stop();
    await catalogue.drop();
  });

  let inserted: string[] = [];

  /** Inserts all over the catalogue, and deletes what the round before inserted. */
  async function stir(round: number): Promise<void> {
    const rows = await catalogue.sql<{ id: string }>(INSERT, [round]);
    await catalogue.sql(DELETE, [[...inserted, goingIn(round)]]);
    inserted = rows.map(({ id }) => id);
  }

  async function pageAt(cursor: string | null): Promise<Page> {
    const response = await api.get(`/products?limit=100${cursor === null ? '' : `&cursor=${cursor}`}`);
    assert.equal(response.status, 200);
    return (await response.json()) as Page;
  }

  async function walk(): Promise<string[]> {
    const seen: string[] = [];
    let cursor: string | null = null;
    for (let pages = 0; pages === 0 || cursor !== null; pages += 1) {
      const round = pages / PAGES_A_ROUND;
      const change = Number.isInteger(round) && round < ROUNDS ? stir(round) : undefined;
      const [page]: [Page, unknown] = await Promise.all([pageAt(cursor), change]);
      for (const { id } of page.items) seen.push(id);
      cursor = page.next_cursor;
    }
    return seen;
  }

  it('sees every product that exists all the while exactly once, whatever comes and goes', async () => {
    const seen = await walk();
    const distinct = new Set(seen);
    assert.equal(distinct.size, seen.length, 'none is seen twice');
    const gone = new Set(Array.from({ length: ROUNDS }, (_, round) => goingIn(round)));
    const staying = Array.from({ length: PRODUCTS }, (_, n) => `prod-${n}`).filter((id) => !gone.has(id));
    assert.deepEqual(
      staying.filter((id) => !distinct.has(id)),
      [],
    );
    assert.ok(distinct.size > staying.length, 'some of those that came were seen');
  });
});
