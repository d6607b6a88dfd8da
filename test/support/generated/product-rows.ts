import type { Catalogue } from '../catalogue.ts';

export interface ProductRow {
  readonly id: string;
  readonly name: string;
  readonly price: number;
  readonly stock: number;
  readonly last_updated: number;
  readonly category: string | null;
  readonly version: string;
}

const SELECT = `
  SELECT id, name, price::float8 AS price, stock, extract(epoch FROM last_updated)::float8 AS last_updated,
         category_id AS category, version
  FROM products WHERE id = $1`;

/** A product as Postgres has it; undefined where it has none. */
export async function productRow({ sql }: Catalogue, id: string): Promise<ProductRow | undefined> {
  // Postgres has no text with a zero byte in it.
  if (id.includes('\0')) return undefined;
  return (await sql<ProductRow & Record<string, unknown>>(SELECT, [id]))[0];
}
