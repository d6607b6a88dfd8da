import '../../problems.js';
import { ProblemError } from '#libs/errors';

/** The widest that numeric(9, 2) holds. */
export const MAX_PRICE = 9_999_999.99;
export const MIN_PRICE = 0.01;
export const MAX_INT32 = 2_147_483_647;
export const MIN_INT32 = -2_147_483_648;

/** A product as Postgres has it. */
export interface Product {
  readonly id: string;
  readonly name: string;
  /** In the shop's currency; exact to the cent, since a double holds every such number of nine digits. */
  readonly price: number;
  readonly stock: number;
  /** The id of its category; null for none. */
  readonly category: string | null;
  /** Unix seconds with fraction. */
  readonly lastUpdated: number;
  readonly version: number;
}

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

export function productNotFound(id: string): ProblemError {
  return new ProblemError('PRODUCT_NOT_FOUND', { detail: `There is no product ${id}.` });
}

export function isProductNotFound(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'PRODUCT_NOT_FOUND';
}
