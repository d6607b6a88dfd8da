import { Injectable } from '@nestjs/common';
import {
  type BatchLoader,
  BatchLoaders,
  DatabaseLink,
  type IdempotentRequest,
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
  CATEGORY_COLUMNS,
  type CategoryChange,
  type CategoryList,
  type CategoryRow,
  COUNTED_COLUMNS,
  type CountedCategory,
  type CountedRow,
  categoryExists,
  categoryNotEmpty,
  categoryNotFound,
  categoryResource,
  type NewCategory,
  toCategory,
  toCountedCategory,
} from './category.js';

type CountedValues = readonly [
  id: string,
  name: string,
  lastUpdated: string,
  version: string,
  productCount: string,
];

const SELECT_ALL = `SELECT ${CATEGORY_COLUMNS} FROM categories ORDER BY id`;

const BY_IDS = prepared(`SELECT ${COUNTED_COLUMNS} FROM categories WHERE id = ANY($1)`);

const INSERT = `
  INSERT INTO categories (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING RETURNING id`;

const SELECT = `SELECT ${COUNTED_COLUMNS} FROM categories WHERE id = $1`;

const UPDATE = 'UPDATE categories SET name = $2 WHERE id = $1';

const DELETE = 'DELETE FROM categories WHERE id = $1';

/**
 * A change lets products come and go meanwhile, a removal does not: a product that comes holds its category
 * (`FOR KEY SHARE`), and would be left without one.
 */
const LOCK_FOR_CHANGE = 'SELECT id FROM categories WHERE id = $1 FOR NO KEY UPDATE';
const LOCK_FOR_REMOVAL = 'SELECT id FROM categories WHERE id = $1 FOR UPDATE';

const CATEGORY: WritableResource<CountedCategory> = {
  noun: 'Category',
  resource: categoryResource,
  idOf: ({ id }) => id,
  path: '/categories',
  // It counts its products.
  isDerived: true,
};

type Result = WriteResult<CountedCategory>;

/** Reads and changes categories: each change is one transaction, and the caches know of it when it returns. */
@Injectable()
export class CategoriesService {
  private readonly byId: BatchLoader<CountedCategory>;

  constructor(
    private readonly database: DatabaseLink,
    batches: BatchLoaders,
    private readonly writes: EntityWrites,
    private readonly precondition: Precondition,
  ) {
    this.byId = batches.of((ids) => this.findByIds(ids));
  }

  /** @throws ProblemError `CATEGORY_NOT_FOUND` */
  async get(id: string): Promise<CountedCategory> {
    const category = await this.byId.load(id);
    if (category === undefined) throw categoryNotFound(id);
    return category;
  }

  async list(): Promise<CategoryList> {
    const rows = await this.database.query<CategoryRow>(SELECT_ALL);
    const categories = rows.map(toCategory);
    return { categories, version: Math.max(0, ...categories.map(({ version }) => version)) };
  }

  /** @throws ProblemError `CATEGORY_EXISTS` */
  create({ id = newId('cat'), name }: NewCategory, attempt: IdempotentRequest | null): Promise<Result> {
    return this.writes.once(CATEGORY, `category:${id}`, attempt, async (sql) => {
      const [inserted] = await sql(INSERT, [id, name]);
      if (inserted === undefined) throw categoryExists(id);
      return made(CATEGORY, await find(sql, id), 201);
    });
  }

  /** @throws ProblemError `CATEGORY_NOT_FOUND` */
  change(id: string, { name }: CategoryChange, ifMatch: string | undefined): Promise<Result> {
    return this.writes.write(CATEGORY, `category:${id}`, async (sql) => {
      const category = await this.held(sql, id, LOCK_FOR_CHANGE, ifMatch);
      if (name === undefined) return made(CATEGORY, category, 200);
      await sql(UPDATE, [id, name]);
      return made(CATEGORY, await find(sql, id), 200);
    });
  }

  /** @throws ProblemError `CATEGORY_NOT_FOUND`, `CATEGORY_NOT_EMPTY` */
  remove(id: string, ifMatch: string | undefined): Promise<Result> {
    return this.writes.write(CATEGORY, `category:${id}`, async (sql) => {
      const { productCount } = await this.held(sql, id, LOCK_FOR_REMOVAL, ifMatch);
      if (productCount > 0) throw categoryNotEmpty(id, productCount);
      await sql(DELETE, [id]);
      return { kind: 'removed' };
    });
  }

  /** Holds a category until the transaction ends, if it is the one that its writer has seen. */
  private async held(
    sql: Sql,
    id: string,
    lock: string,
    ifMatch: string | undefined,
  ): Promise<CountedCategory> {
    await sql(lock, [id]);
    // A statement of its own: the products that came while the lock was waited for are in its snapshot.
    const category = await find(sql, id);
    this.precondition.check(CATEGORY, category, ifMatch);
    return category;
  }

  private async findByIds(ids: readonly string[]): Promise<Map<string, CountedCategory>> {
    const rows = await this.database.load<CountedValues>(BY_IDS, [ids]);
    return new Map(rows.map((values) => [values[0], countedOf(values)]));
  }
}

async function find(sql: Sql, id: string): Promise<CountedCategory> {
  const [row] = await sql<CountedRow>(SELECT, [id]);
  if (row === undefined) throw categoryNotFound(id);
  return toCountedCategory(row);
}

function countedOf([id, name, last_updated, version, product_count]: CountedValues): CountedCategory {
  return toCountedCategory({ id, name, last_updated, version, product_count });
}
