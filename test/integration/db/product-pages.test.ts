import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PageListing } from '#src/apps/api/src/catalogue/products/listing';
import { pageStatement } from '#src/apps/api/src/catalogue/products/products.service';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';

interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

const flat = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flat)];

const PAGE: PageListing = { kind: 'page', categoryId: null, limit: 20, after: null };

describe('the statement of a page', () => {
  let catalogue: Catalogue;

  before(async () => {
    catalogue = await createCatalogue(20_000);
    await catalogue.sql(
      `INSERT INTO categories (id, name) SELECT 'cat-' || n, 'Category ' || n FROM generate_series(0, 9) n`,
    );
    await catalogue.sql(`UPDATE products SET category_id = 'cat-' || stock % 10`);
    await catalogue.sql('VACUUM ANALYZE products');
  });
  after(() => catalogue.drop());

  const idsOf = async (page: PageListing) => {
    const { sql, parameters } = pageStatement(page);
    return (await catalogue.sql<{ id: string }>(sql, [...parameters])).map(({ id }) => id);
  };

  async function planOf(page: PageListing): Promise<PlanNode[]> {
    const { sql, parameters } = pageStatement(page);
    const rows = await catalogue.sql<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${sql}`,
      [...parameters],
    );
    const plan = rows[0]?.['QUERY PLAN'][0].Plan;
    return plan === undefined ? [] : flat(plan);
  }

  for (const [of, categoryId, index] of [
    ['all products', null, 'products_pkey'],
    ['a category', 'cat-9', 'products_by_category'],
  ] as const) {
    for (const [depth, last] of [
      ['first', null],
      ['a deep', 'prod-9'],
    ] as const) {
      it(`reads ${depth} page of ${of} from its index, and no row more than it gives`, async () => {
        const nodes = await planOf({ ...PAGE, categoryId, after: last });
        assert.deepEqual(
          nodes.map((node) => node['Node Type']),
          ['Limit', 'Index Only Scan'],
          'neither sorted nor skipped',
        );
        const scan = nodes.at(-1);
        assert.equal(scan?.['Index Name'], index);
        assert.equal(scan?.['Actual Rows'], 21);
        assert.ok(!scan?.['Rows Removed by Filter'] && !scan?.['Rows Removed by Index Recheck']);
      });
    }
  }

  it('gives the ids after the last one in byte order, and one more than the page has', async () => {
    const [first] = await idsOf({ ...PAGE, limit: 1 });
    assert.equal(first, 'prod-0');
    assert.deepEqual(await idsOf({ ...PAGE, after: 'prod-1', limit: 3 }), [
      'prod-10',
      'prod-100',
      'prod-1000',
      'prod-10000',
    ]);
    assert.deepEqual(await idsOf({ ...PAGE, categoryId: 'cat-7', after: 'prod-9', limit: 1 }), [
      'prod-9007',
      'prod-9017',
    ]);
    assert.deepEqual(await idsOf({ ...PAGE, after: 'prod-9999' }), []);
  });

  it('orders what a locale would order otherwise', async () => {
    const ids = ['Zebra', 'apple', 'a-b', 'a.b', 'aB', 'a_b', '0'];
    await catalogue.sql(`INSERT INTO categories (id, name) VALUES ('mixed', 'Mixed')`);
    await catalogue.sql(
      `INSERT INTO products (id, name, price, stock, category_id) SELECT unnest($1::text[]), 'X', 1, 1, 'mixed'`,
      [ids],
    );
    const bytewise = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(await idsOf({ ...PAGE, categoryId: 'mixed' }), bytewise);
  });

  it('lists products of no category among all, and in no category', async () => {
    await catalogue.sql('ALTER TABLE products ALTER COLUMN category_id DROP NOT NULL');
    await catalogue.sql('ALTER TABLE products DISABLE TRIGGER USER');
    await catalogue.sql(`INSERT INTO products (id, name, price, stock) VALUES ('zz-none', 'None', 1, 1)`);
    assert.deepEqual(await idsOf({ ...PAGE, after: 'zz' }), ['zz-none']);
    assert.deepEqual(await idsOf({ ...PAGE, categoryId: 'cat-1', after: 'zz' }), []);
  });
});
