import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Catalogue } from '../support/catalogue.ts';
import type { Ledger } from './ledger.ts';
import type { Random } from './random.ts';
import type { Writer } from './sql-writers.ts';

const SET = 'UPDATE products SET stock = $2 WHERE id = $1';
const INSERT = `INSERT INTO products (id, name, price, stock, category_id, version) VALUES ($1, 'Odd', 1, $2, 'cat-test', $3)`;
const MEMBER = `INSERT INTO products (id, name, price, stock, category_id) VALUES ($1, 'Member', 1, 1, $2)`;

/** A change that is passed by shows only as long as no other one hides it. */
const LEFT_ALONE_MS = 1_500;
const BETWEEN_TRUNCATIONS_MS = 6_000;
const TRUNCATED = 5;
/** Rows that take the relay a second or more, ahead of the few that are read: in a cluster each is a script of its own. */
export const BULK_ROWS = { many: 20_000, few: 4_000 };
const bulk = (rows: number) => `INSERT INTO outbox (key, version, kind, groups)
  SELECT 'product:bulk-' || n, nextval('catalogue_version'), 'row', '{}' FROM generate_series(1, ${rows}) AS n`;
const BETWEEN_BULKS_MS = 30_000;
const IMPORTED = 5;

/** Categories whose products are counted. Their number of products is the number of the change. */
export const COUNTED = ['counted-0', 'counted-1'] as const;

export async function addCounted(catalogue: Catalogue): Promise<void> {
  await catalogue.sql('INSERT INTO categories (id, name) SELECT id, id FROM unnest($1::text[]) AS new (id)', [
    COUNTED,
  ]);
}

/** Writers whose changes come in another order, in another role, or by another statement than the usual ones. */
export function oddWriters(catalogue: Catalogue, ledger: Ledger, random: Random): Record<string, Writer> {
  const inSession = sessions(catalogue);
  const remove = (key: string) =>
    ledger.commit([key], 'absent', () => catalogue.sql('DELETE FROM products WHERE id = $1', [key]));
  const withPresent = (work: (key: string) => Promise<void>) =>
    ledger.with(random, 1, async ([key]) => {
      if (key !== undefined && ledger.isPresent(key)) await work(key);
    });
  let made = 0;

  return {
    'replica role': () =>
      withPresent((key) =>
        inSession(async (client) => {
          await client.query('SET session_replication_role = replica');
          await ledger.commit([key], 'present', ([number]) => client.query(SET, [key, number]));
          await pause(LEFT_ALONE_MS);
        }),
      ),
    'two-phase commit': () =>
      withPresent((key) =>
        inSession(async (client) => {
          const name = `odd-${key}`;
          await client.query('BEGIN');
          await client.query(SET, [key, ledger.historyOf(key).last.number + 1]);
          await client.query(`PREPARE TRANSACTION '${name}'`);
          await pause(random.next() * 300);
          await ledger.commit([key], 'present', () => client.query(`COMMIT PREPARED '${name}'`));
          await pause(LEFT_ALONE_MS);
        }),
      ),
    'import with versions': () =>
      withPresent(async (key) => {
        await remove(key);
        await pause(random.next() * 300);
        const version = random.next() < 0.5 ? 1 : Math.floor(random.next() * 1e12);
        await ledger.commit([key], 'present', ([number]) => catalogue.sql(INSERT, [key, number, version]));
        await pause(random.next() * 300);
        await ledger.commit([key], 'present', ([number]) => catalogue.sql(SET, [key, number]));
      }),
    'brought back by an older snapshot': () =>
      withPresent((key) =>
        inSession(async (client) => {
          await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
          await client.query('SELECT FROM products LIMIT 1');
          await remove(key);
          await pause(random.next() * 300);
          await client.query(INSERT, [key, ledger.historyOf(key).last.number + 1, 1]);
          await pause(random.next() * 300);
          await ledger.commit([key], 'present', () => client.query('COMMIT'));
          await pause(LEFT_ALONE_MS);
        }),
      ),
    'counted late': () =>
      inSession(async (client) => {
        const category = COUNTED[Math.floor(random.next() * COUNTED.length)] ?? COUNTED[0];
        made += 1;
        await client.query('BEGIN');
        await client.query(MEMBER, [`member-${made}-early`, category]);
        await ledger.commit([category], 'present', () =>
          catalogue.sql(MEMBER, [`member-${made}-late`, category]),
        );
        await pause(random.next() * 500);
        await ledger.commit([category], 'present', () => client.query('COMMIT'));
        await pause(LEFT_ALONE_MS);
      }),
    truncation: () =>
      ledger.with(random, TRUNCATED, async (keys) => {
        await inSession(async (client) => {
          await lockProducts(client);
          await client.query('CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM products');
          await client.query('DELETE FROM kept WHERE id = ANY($1)', [keys]);
          await client.query('TRUNCATE products; INSERT INTO products SELECT * FROM kept');
          await ledger.commit(keys, 'absent', () => client.query('COMMIT'));
        });
        await pause(LEFT_ALONE_MS);
        for (const key of keys)
          await ledger.commit([key], 'present', ([number]) => catalogue.sql(INSERT, [key, number, 1]));
        await pause(BETWEEN_TRUNCATIONS_MS);
      }),
  };
}

/**
 * For a run of a minute or more: while such a change is replayed, L2 is not trusted.
 *
 * @param rows of each change, beside those of the ledger
 */
export function bulkWriter(
  catalogue: Catalogue,
  ledger: Ledger,
  random: Random,
  rows: number,
): Record<string, Writer> {
  const inSession = sessions(catalogue);
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    'bulk change': async () => {
      if (performance.now() - lastMs < BETWEEN_BULKS_MS) return;
      lastMs = performance.now();
      await ledger.with(random, IMPORTED, async (keys) => {
        const present = keys.filter((key) => ledger.isPresent(key));
        if (present.length === 0) return;
        await inSession(async (client) => {
          await client.query(`BEGIN; ${bulk(rows)}`);
          await ledger.commit(present, 'present', async (numbers) => {
            for (const [at, key] of present.entries()) await client.query(SET, [key, numbers[at]]);
            await client.query('COMMIT');
          });
        });
        await pause(LEFT_ALONE_MS);
      });
    },
  };
}

function sessions(catalogue: Catalogue) {
  return async (work: (client: pg.Client) => Promise<void>) => {
    const client = new pg.Client(catalogue.url);
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  };
}

/** Begins a transaction that has the table alone. It waits for no writer that waits for it: some hold two sessions. */
async function lockProducts(client: pg.Client): Promise<void> {
  await client.query(`SET lock_timeout = '50ms'`);
  for (;;) {
    try {
      await client.query('BEGIN; LOCK TABLE products IN ACCESS EXCLUSIVE MODE');
      return;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.code !== '55P03') throw error;
      await client.query('ROLLBACK');
      await pause(100);
    }
  }
}
