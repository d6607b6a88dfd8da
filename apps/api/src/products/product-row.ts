import type { Product } from './product.js';

/** numeric and bigint arrive as text: the driver will not lose digits on its own. */
export interface ProductRow {
  readonly id: string;
  readonly name: string;
  readonly price: string;
  readonly stock: number;
  readonly last_updated: string;
  readonly version: string;
  readonly category_id: string | null;
}

export const PRODUCT_COLUMNS =
  'id, name, price, stock, extract(epoch FROM last_updated) AS last_updated, version, category_id';

/** The same as a list, in the order of the columns. */
export type ProductValues = readonly [
  id: string,
  name: string,
  price: string,
  stock: number,
  lastUpdated: string,
  version: string,
  categoryId: string | null,
];

export function toProduct(row: ProductRow): Product {
  const { id, name, price, stock, last_updated, version, category_id } = row;
  return productOf([id, name, price, stock, last_updated, version, category_id]);
}

export function productOf([id, name, price, stock, lastUpdated, version, category]: ProductValues): Product {
  return {
    id,
    name,
    price: Number(price),
    stock,
    category,
    lastUpdated: Number(lastUpdated),
    version: Number(version),
  };
}
