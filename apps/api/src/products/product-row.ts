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

/** The same as a list, in the order of the columns. */
export type ProductValues = readonly [
  id: string,
  name: string,
  price: string,
  stock: number,
  lastUpdated: string,
  version: string,
];

export function toProduct(row: ProductRow): Product {
  return productOf([row.id, row.name, row.price, row.stock, row.last_updated, row.version]);
}

export function productOf([id, name, price, stock, lastUpdated, version]: ProductValues): Product {
  return {
    id,
    name,
    price: Number(price),
    stock,
    lastUpdated: Number(lastUpdated),
    version: Number(version),
  };
}
