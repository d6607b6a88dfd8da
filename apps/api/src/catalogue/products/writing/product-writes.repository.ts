import { Injectable } from '@nestjs/common';
import { type CombinedChanges, DatabaseWriter, type PreparedStatement, prepared, type Sql } from '#libs/db';
import { ProblemError } from '#libs/errors';
import { invalidFields } from '#libs/http';
import {
  MAX_INT32,
  type NewProduct,
  PRODUCT_COLUMNS,
  type Product,
  type ProductChange,
  type ProductRow,
  type ProductValues,
  productNotFound,
  productOf,
  toProduct,
} from '../product.js';

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

// guard(stock-never-negative): = ''
const IN_RANGE = 'AND stock::bigint + $2 BETWEEN 0 AND 2147483647';

/** The sum is reckoned in bigint: an overflow would be an error of Postgres instead of a refusal. */
const ADD_TO_STOCK = `
  UPDATE products SET stock = stock + $2
  WHERE id = $1 ${IN_RANGE} RETURNING ${PRODUCT_COLUMNS}`;

/** The same for several products. One that another transaction holds is skipped, and so waited for by none of the others. */
const ADD_TO_STOCKS = `
  WITH held AS MATERIALIZED (
    SELECT products.id AS held_id, wanted.delta
    FROM unnest($1::text[], $2::int[]) AS wanted (id, delta) JOIN products ON products.id = wanted.id
    FOR UPDATE OF products SKIP LOCKED
  )
  UPDATE products SET stock = stock + delta FROM held
  WHERE id = held_id ${IN_RANGE.replace('$2', 'delta')} RETURNING ${PRODUCT_COLUMNS}`;

/** Kept from being deleted until the transaction ends. */
const LOCK_CATEGORY = 'SELECT id FROM categories WHERE id = $1 FOR KEY SHARE';

/** Each commits by itself: one round trip. */
const ALONE = {
  find: prepared(SELECT),
  update: prepared(UPDATE),
  addToStock: prepared(ADD_TO_STOCK),
  addToStocks: prepared(ADD_TO_STOCKS),
};

/** The statements that change products: alone, or within a transaction that the caller has. */
@Injectable()
export class ProductWritesRepository {
  private readonly stocks: CombinedChanges<number, Product>;

  constructor(private readonly database: DatabaseWriter) {
    this.stocks = database.combined({
      one: (id, delta) => this.alone(ALONE.addToStock, [id, delta]),
      several: async (changes) => {
        const values = [changes.map(({ key }) => key), changes.map(({ by }) => by)];
        const rows = await this.database.alone<ProductValues>(ALONE.addToStocks, values);
        return new Map(rows.map((row) => [row[0], productOf(row)]));
      },
    });
  }

  /** Adds to the stock of a product. @returns null if there is no such product, or not enough of it */
  addToStockAlone(id: string, delta: number): Promise<Product | null> {
    return this.stocks.change(id, delta);
  }

  /**
   * Refuses what `addToStockAlone` did not do, by what was committed last. The row is not locked for that: buyers who are
   * refused while a product sells out would wait for one another, and those who buy for them.
   *
   * @throws ProblemError `PRODUCT_NOT_FOUND`, `STOCK_INSUFFICIENT` or `STOCK_LIMIT`; none if the product changed meanwhile
   */
  async refuseStock(id: string, delta: number): Promise<void> {
    const product = await this.alone(ALONE.find, [id]);
    if (product === null) throw productNotFound(id);
    const refusal = stockRefusal(product, delta);
    if (refusal !== null) throw refusal;
  }

  /** Changes a product whose category stays. @returns null if there is no such product */
  async updateAlone(id: string, change: Omit<ProductChange, 'category'>): Promise<Product | null> {
    return this.alone(ALONE.update, [id, ...valuesOf(change), false, null]);
  }

  private async alone(statement: PreparedStatement, parameters: readonly unknown[]): Promise<Product | null> {
    const [row] = await this.database.alone<ProductValues>(statement, parameters);
    return row === undefined ? null : productOf(row);
  }

  /** @throws ProblemError `PRODUCT_EXISTS`; `REQUEST_INVALID` if there is no such category */
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
    return found(
      id,
      await sql<ProductRow>(/* guard(row-is-held-while-compared): = SELECT */ `${SELECT} FOR UPDATE`, [id]),
    );
  }

  /** @throws ProblemError `PRODUCT_NOT_FOUND`; `REQUEST_INVALID` if there is no such category */
  async update(sql: Sql, id: string, change: ProductChange): Promise<Product> {
    const { category } = change;
    await this.checkCategory(sql, category);
    const moves = [category !== undefined, category ?? null];
    return found(id, await sql<ProductRow>(UPDATE, [id, ...valuesOf(change), ...moves]));
  }

  /** @throws ProblemError `PRODUCT_NOT_FOUND`, `STOCK_INSUFFICIENT` or `STOCK_LIMIT` */
  async addToStock(sql: Sql, id: string, delta: number): Promise<Product> {
    const [row] = await sql<ProductRow>(ADD_TO_STOCK, [id, delta]);
    if (row !== undefined) return toProduct(row);
    const refusal = stockRefusal(found(id, await sql<ProductRow>(SELECT, [id])), delta);
    if (refusal !== null) throw refusal;
    // It changed meanwhile.
    const heldRefusal = stockRefusal(await this.lock(sql, id), delta);
    if (heldRefusal !== null) throw heldRefusal;
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

/** What is null stays as it is. */
function valuesOf({ name, price, stock }: Omit<ProductChange, 'category'>): unknown[] {
  return [name ?? null, price?.toFixed(2) ?? null, stock ?? null];
}

function found(id: string, [row]: readonly ProductRow[]): Product {
  if (row === undefined) throw productNotFound(id);
  return toProduct(row);
}

function productExists(id: string): ProblemError {
  return new ProblemError('PRODUCT_EXISTS', { detail: `There is a product ${id} already.` });
}

function unknownCategory(id: string): ProblemError {
  return invalidFields([
    { field: 'category', rule: 'exists', message: `must be the id of a category; there is no ${id}` },
  ]);
}

/** Why a stock change is refused; null if it is not. */
function stockRefusal({ id, stock }: Product, delta: number): ProblemError | null {
  if (stock + delta < 0) {
    return new ProblemError('STOCK_INSUFFICIENT', {
      detail: `Cannot take ${-delta} of ${id}: only ${stock} in stock.`,
      errors: [
        { field: 'delta', rule: 'minimum', message: `must be ${-stock} at least, since there are ${stock}` },
      ],
    });
  }
  if (stock + delta <= MAX_INT32) return null;
  return new ProblemError('STOCK_LIMIT', {
    detail: `Cannot add ${delta} to ${id}: ${stock} in stock, at most ${MAX_INT32}.`,
    errors: [{ field: 'delta', rule: 'maximum', message: `must be ${MAX_INT32 - stock} at most` }],
  });
}
