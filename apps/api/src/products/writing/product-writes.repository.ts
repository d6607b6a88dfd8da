import { Injectable } from '@nestjs/common';
import type { Sql } from '#libs/db';
import type { Product } from '../product.js';
import { productNotFound } from '../product-not-found.js';
import { PRODUCT_COLUMNS, type ProductRow, toProduct } from '../product-row.js';
import type { NewProduct, ProductChange } from './product-inputs.js';
import { productExists, stockRefusal, unknownCategory } from './product-problems.js';

const INSERT = `
  INSERT INTO products (id, name, price, stock, category_id) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (id) DO NOTHING RETURNING ${PRODUCT_COLUMNS}`;

const SELECT = `SELECT ${PRODUCT_COLUMNS} FROM products WHERE id = $1`;

const UPDATE = `
  UPDATE products SET
    name = coalesce($2, name),
    price = coalesce($3, price),
    stock = coalesce($4, stock),
    category_id = CASE WHEN $5::boolean THEN $6 ELSE category_id END
  WHERE id = $1 RETURNING ${PRODUCT_COLUMNS}`;

const DELETE = 'DELETE FROM products WHERE id = $1';

/** The sum is reckoned in bigint: an overflow would be an error of Postgres where a refusal is meant. */
const ADD_TO_STOCK = `
  UPDATE products SET stock = stock + $2
  WHERE id = $1 AND stock::bigint + $2 BETWEEN 0 AND 2147483647 RETURNING ${PRODUCT_COLUMNS}`;

/** Kept from being deleted until the transaction ends. */
const LOCK_CATEGORY = 'SELECT id FROM categories WHERE id = $1 FOR KEY SHARE';

/** The statements that change products, each within a transaction that the caller has. */
@Injectable()
export class ProductWritesRepository {
  /** @throws ProblemError `PRODUCT_EXISTS`; `REQUEST_INVALID` where there is no such category */
  async insert(sql: Sql, id: string, { name, price, stock, category }: NewProduct): Promise<Product> {
    await this.checkCategory(sql, category);
    const row = [id, name, price.toFixed(2), stock, category ?? null];
    const [inserted] = await sql<ProductRow>(INSERT, row);
    if (inserted === undefined) throw productExists(id);
    // Read again: a trigger gives an insert that waited for a deletion a newer version, after RETURNING was made.
    return found(id, await sql<ProductRow>(SELECT, [id]));
  }

  /** Holds a product until the transaction ends. @throws ProblemError `PRODUCT_NOT_FOUND` */
  async lock(sql: Sql, id: string): Promise<Product> {
    return found(id, await sql<ProductRow>(`${SELECT} FOR UPDATE`, [id]));
  }

  /** @throws ProblemError `PRODUCT_NOT_FOUND`; `REQUEST_INVALID` where there is no such category */
  async update(sql: Sql, id: string, { name, price, stock, category }: ProductChange): Promise<Product> {
    await this.checkCategory(sql, category);
    const values = [name ?? null, price?.toFixed(2) ?? null, stock ?? null];
    const moves = [category !== undefined, category ?? null];
    return found(id, await sql<ProductRow>(UPDATE, [id, ...values, ...moves]));
  }

  /** @throws ProblemError `PRODUCT_NOT_FOUND`, `STOCK_INSUFFICIENT` or `STOCK_LIMIT` */
  async addToStock(sql: Sql, id: string, delta: number): Promise<Product> {
    const [row] = await sql<ProductRow>(ADD_TO_STOCK, [id, delta]);
    if (row !== undefined) return toProduct(row);
    // Whoever is refused learns of the stock that it was refused for, so it is held; it may have changed meanwhile.
    const refusal = stockRefusal(await this.lock(sql, id), delta);
    if (refusal !== null) throw refusal;
    return found(id, await sql<ProductRow>(ADD_TO_STOCK, [id, delta]));
  }

  async delete(sql: Sql, id: string): Promise<void> {
    await sql(DELETE, [id]);
  }

  private async checkCategory(sql: Sql, category: string | null | undefined): Promise<void> {
    if (category === undefined || category === null) return;
    const [row] = await sql(LOCK_CATEGORY, [category]);
    if (row === undefined) throw unknownCategory(category);
  }
}

function found(id: string, [row]: readonly ProductRow[]): Product {
  if (row === undefined) throw productNotFound(id);
  return toProduct(row);
}
