import { Injectable } from '@nestjs/common';
import type { Sql } from '#libs/db';
import {
  type CategoryChange,
  COUNTED_COLUMNS,
  type CountedCategory,
  type CountedRow,
  categoryExists,
  categoryNotFound,
  type NewCategory,
  toCountedCategory,
} from '../category.js';

const INSERT = `
  INSERT INTO categories (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING RETURNING id`;

const SELECT = `SELECT ${COUNTED_COLUMNS} FROM categories WHERE id = $1`;

const UPDATE = 'UPDATE categories SET name = $2 WHERE id = $1';

const DELETE = 'DELETE FROM categories WHERE id = $1';

/**
 * A change lets products come and go meanwhile, a removal does not: a product that comes holds its category
 * (`FOR KEY SHARE`), and would be left without one.
 */
const LOCK = {
  'for a change': 'SELECT id FROM categories WHERE id = $1 FOR NO KEY UPDATE',
  'for a removal': 'SELECT id FROM categories WHERE id = $1 FOR UPDATE',
} as const;

/** The statements that change categories, each within a transaction that the caller has. */
@Injectable()
export class CategoryWritesRepository {
  /** @throws ProblemError `CATEGORY_EXISTS` */
  async insert(sql: Sql, id: string, { name }: NewCategory): Promise<CountedCategory> {
    const [inserted] = await sql(INSERT, [id, name]);
    if (inserted === undefined) throw categoryExists(id);
    return this.find(sql, id);
  }

  /** Holds a category until the transaction ends. @throws ProblemError `CATEGORY_NOT_FOUND` */
  async lock(sql: Sql, id: string, purpose: keyof typeof LOCK): Promise<CountedCategory> {
    await sql(LOCK[purpose], [id]);
    // A statement of its own: the products that came while the lock was waited for are in its snapshot.
    return this.find(sql, id);
  }

  async update(sql: Sql, id: string, { name }: CategoryChange): Promise<CountedCategory> {
    await sql(UPDATE, [id, name]);
    return this.find(sql, id);
  }

  async delete(sql: Sql, id: string): Promise<void> {
    await sql(DELETE, [id]);
  }

  private async find(sql: Sql, id: string): Promise<CountedCategory> {
    const [row] = await sql<CountedRow>(SELECT, [id]);
    if (row === undefined) throw categoryNotFound(id);
    return toCountedCategory(row);
  }
}
