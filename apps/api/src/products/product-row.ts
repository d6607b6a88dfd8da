import type { Product } from './product.js';

/** numeric and bigint arrive as text: the driver will not lose digits on its own. */
export interface ProductRow {
  readonly id: string;
  readonly name: string;
  readonly price: string;
  readonly stock: number;
  readonly last_updated: string;
  readonly version: string;
}

export const PRODUCT_COLUMNS =
  'id, name, price, stock, extract(epoch FROM last_updated) AS last_updated, version';

export function toProduct(row: ProductRow): Product {
  return {
    id: row.id,
    name: row.name,
    price: Number(row.price),
    stock: row.stock,
    lastUpdated: Number(row.last_updated),
    version: Number(row.version),
  };
}
