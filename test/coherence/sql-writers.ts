import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Catalogue } from '../support/catalogue.ts';
import type { Ledger } from './ledger.ts';
import type { Random } from './random.ts';

export type Writer = () => Promise<void>;

const SET = `UPDATE products SET stock = new.stock FROM unnest($1::text[], $2::int[]) AS new (id, stock)
  WHERE products.id = new.id`;
const INSERT = `INSERT INTO products (id, name, price, stock, category_id) VALUES ($1, 'Again', 1, $2, 'cat-test')`;

/** How long a late commit is not followed by another change, which would hide that it was passed by. */
const LEFT_ALONE_MS = 2_000;

/** Writers that know nothing of the service, as psql and bulk jobs do. */
export function sqlWriters(catalogue: Catalogue, ledger: Ledger, random: Random): Record<string, Writer> {
  const update = (keys: string[]) =>
    ledger.commit(keys, 'present', (numbers) => catalogue.sql(SET, [keys, numbers]));
  const present = (keys: string[]) => keys.filter((key) => ledger.isPresent(key));

  return {
    single: () => ledger.with(random, 1, (keys) => update(present(keys))),
    bulk: () => ledger.with(random, 40, (keys) => update(present(keys))),
    'delete and insert': () =>
      ledger.with(random, 1, async ([key]) => {
        if (key === undefined) return;
        await ledger.commit([key], 'absent', () =>
          catalogue.sql('DELETE FROM products WHERE id = $1', [key]),
        );
        await pause(random.next() * 300);
        await ledger.commit([key], 'present', ([number]) => catalogue.sql(INSERT, [key, number]));
      }),
    'late commit': () =>
      ledger.with(random, 1, async (keys) => {
        await commitLate(catalogue, ledger, present(keys), random);
        await pause(LEFT_ALONE_MS);
      }),
  };
}

/** Changes early and commits late, while the others go on: a reader of the outbox must not pass it by. */
async function commitLate(
  catalogue: Catalogue,
  ledger: Ledger,
  keys: string[],
  random: Random,
): Promise<void> {
  const client = new pg.Client(catalogue.url);
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(SET, [keys, keys.map((key) => ledger.historyOf(key).last.number + 1)]);
    await pause(random.next() * 800);
    await ledger.commit(keys, 'present', () => client.query('COMMIT'));
  } finally {
    await client.end();
  }
}
