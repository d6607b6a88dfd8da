import { Injectable } from '@nestjs/common';
import {
  type CombinedChanges,
  DatabaseWriter,
  type IdempotentRequest,
  type PreparedStatement,
  prepared,
  type Sql,
} from '#libs/db';
import {
  EntityWrites,
  made,
  newId,
  Precondition,
  type WritableResource,
  type WriteResult,
} from '#libs/writes';
import {
  type NewProduct,
  PRODUCT_COLUMNS,
  type Product,
  type ProductChange,
  type ProductRow,
  type ProductValues,
  productExists,
  productNotFound,
  productOf,
  productResource,
  stockRefusal,
  toProduct,
  unknownCategory,
} from './product.js';

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

const PRODUCT: WritableResource<Product> = {
  noun: 'Product',
  resource: productResource,
  idOf: ({ id }) => id,
  path: '/products',
  isDerived: false,
};

type Result = WriteResult<Product>;

/** Changes products: each change is one statement or one transaction, and the caches know of it when it returns. */
@Injectable()
export class ProductWritesService {
  private readonly stocks: CombinedChanges<number, Product>;

  constructor(
    private readonly database: DatabaseWriter,
    private readonly writes: EntityWrites,
    private readonly precondition: Precondition,
  ) {
    this.stocks = stockChanges(database);
  }

  /** @throws ProblemError `PRODUCT_EXISTS`; `REQUEST_INVALID` if there is no such category */
  create(input: NewProduct, attempt: IdempotentRequest | null): Promise<Result> {
    const { id = newId('prod'), name, price, stock, category = null } = input;
    return this.writes.once(PRODUCT, `product:${id}`, attempt, async (sql) => {
      await checkCategory(sql, category);
      const [inserted] = await sql(INSERT, [id, name, price.toFixed(2), stock, category]);
      if (inserted === undefined) throw productExists(id);
      // Read again: a trigger gives an insert that waited for a deletion a newer version, after RETURNING was made.
      return made(PRODUCT, found(id, await sql<ProductRow>(SELECT, [id])), 201);
    });
  }

  /** @throws ProblemError `PRODUCT_NOT_FOUND`; `REQUEST_INVALID` if there is no such category */
  async change(id: string, change: ProductChange, ifMatch: string | undefined): Promise<Result> {
    const { category } = change;
    const nothing = Object.values(change).every((value) => value === undefined);
    const parameters = [id, ...valuesOf(change), category !== undefined, category ?? null];
    if (!(nothing || category !== undefined || this.precondition.isAsked(ifMatch))) {
      const result = await this.writes.alone(PRODUCT, `product:${id}`, () =>
        oneAlone(this.database, ALONE.update, parameters),
      );
      if (result === null) throw productNotFound(id);
      return result;
    }
    return this.writes.write(PRODUCT, `product:${id}`, async (sql) => {
      const product = await lock(sql, id);
      this.precondition.check(PRODUCT, product, ifMatch);
      if (nothing) return made(PRODUCT, product, 200);
      await checkCategory(sql, category);
      return made(PRODUCT, found(id, await sql<ProductRow>(UPDATE, parameters)), 200);
    });
  }

  /** @throws ProblemError `PRODUCT_NOT_FOUND` */
  remove(id: string, ifMatch: string | undefined): Promise<Result> {
    return this.writes.write(PRODUCT, `product:${id}`, async (sql) => {
      this.precondition.check(PRODUCT, await lock(sql, id), ifMatch);
      await sql(DELETE, [id]);
      return { kind: 'removed' };
    });
  }

  /** @throws ProblemError `PRODUCT_NOT_FOUND`, `STOCK_INSUFFICIENT` or `STOCK_LIMIT` */
  async addToStock(
    id: string,
    delta: number,
    ifMatch: string | undefined,
    attempt: IdempotentRequest | null,
  ): Promise<Result> {
    if (ifMatch === undefined && attempt === null) {
      const result = await this.writes.alone(PRODUCT, `product:${id}`, () => this.stocks.change(id, delta));
      if (result !== null) return result;
      // By what was committed last, and not under a lock: buyers who are refused while a product sells out would wait for one
      // another, and those who buy for them.
      const product = await oneAlone(this.database, ALONE.find, [id]);
      if (product === null) throw productNotFound(id);
      refuseBeyond(product, delta);
      // It changed meanwhile: a transaction holds it to find out.
    }
    return this.writes.once(PRODUCT, `product:${id}`, attempt, async (sql) => {
      // Only then: without it the one UPDATE needs no lock ahead, and a hot product is held for a round trip less.
      if (ifMatch !== undefined) this.precondition.checkGiven(PRODUCT, await lock(sql, id), ifMatch);
      return made(PRODUCT, await addWithin(sql, id, delta), 200);
    });
  }
}

/** Adds to stocks, each addition by itself. A change is null if there is no such product, or not enough of it. */
export function stockChanges(database: DatabaseWriter): CombinedChanges<number, Product> {
  return database.combined({
    one: (id, delta) => oneAlone(database, ALONE.addToStock, [id, delta]),
    several: async (changes) => {
      const values = [changes.map(({ key }) => key), changes.map(({ by }) => by)];
      const rows = await database.alone<ProductValues>(ALONE.addToStocks, values);
      return new Map(rows.map((row) => [row[0], productOf(row)]));
    },
  });
}

/** @returns null if the statement concerned no product */
async function oneAlone(
  database: DatabaseWriter,
  statement: PreparedStatement,
  parameters: readonly unknown[],
): Promise<Product | null> {
  const [row] = await database.alone<ProductValues>(statement, parameters);
  return row === undefined ? null : productOf(row);
}

async function addWithin(sql: Sql, id: string, delta: number): Promise<Product> {
  const [row] = await sql<ProductRow>(ADD_TO_STOCK, [id, delta]);
  if (row !== undefined) return toProduct(row);
  refuseBeyond(found(id, await sql<ProductRow>(SELECT, [id])), delta);
  // It changed meanwhile.
  refuseBeyond(await lock(sql, id), delta);
  return found(id, await sql<ProductRow>(ADD_TO_STOCK, [id, delta]));
}

function refuseBeyond(product: Product, delta: number): void {
  const refusal = stockRefusal(product, delta);
  if (refusal !== null) throw refusal;
}

/** Holds a product until the transaction ends. */
async function lock(sql: Sql, id: string): Promise<Product> {
  return found(
    id,
    await sql<ProductRow>(/* guard(row-is-held-while-compared): = SELECT */ `${SELECT} FOR UPDATE`, [id]),
  );
}

async function checkCategory(sql: Sql, category: string | null | undefined): Promise<void> {
  if (category === undefined || category === null) return;
  const [row] = await sql(LOCK_CATEGORY, [category]);
  if (row === undefined) throw unknownCategory(category);
}

/** What is null stays as it is. */
function valuesOf({ name, price, stock }: ProductChange): unknown[] {
  return [name ?? null, price?.toFixed(2) ?? null, stock ?? null];
}

function found(id: string, [row]: readonly ProductRow[]): Product {
  if (row === undefined) throw productNotFound(id);
  return toProduct(row);
}
