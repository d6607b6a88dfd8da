import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { COPIED_COLUMNS, copyLine } from './copy-text.js';
import { productOf } from './product-of.js';

/** Products `from` to `to`, the latter not included. */
export interface ProductRange {
  readonly from: number;
  readonly to: number;
}

/** A row at a time through a stream would cost more than making it. */
const ROWS_PER_CHUNK = 1_000;

/** COPY can't skip what is there already, so it goes through a table of the transaction's own. */
export async function makeStaging(client: Client): Promise<void> {
  await client.query(`
    CREATE TEMPORARY TABLE seeded (
      id text COLLATE "C", name text, price numeric, stock integer, category_id text COLLATE "C",
      last_updated timestamptz
    ) ON COMMIT DROP`);
}

/**
 * Adds those of a range that are not there; a row with the same id stays as it is, whoever made it.
 *
 * @param client in the transaction of `makeStaging`
 * @returns how many were added
 */
export async function addProducts(client: Client, range: ProductRange): Promise<number> {
  await client.query('TRUNCATE seeded');
  await pipeline(
    Readable.from(chunksOf(range)),
    client.query(copyFrom(`COPY seeded (${COPIED_COLUMNS}) FROM STDIN`)),
  );
  const added = await client.query(`
    INSERT INTO products (${COPIED_COLUMNS}) SELECT ${COPIED_COLUMNS} FROM seeded
    ON CONFLICT (id) DO NOTHING`);
  return added.rowCount ?? 0;
}

function* chunksOf({ from, to }: ProductRange): Generator<string> {
  for (let start = from; start < to; start += ROWS_PER_CHUNK) {
    let chunk = '';
    for (let k = start; k < Math.min(to, start + ROWS_PER_CHUNK); k += 1) chunk += copyLine(productOf(k));
    yield chunk;
  }
}
