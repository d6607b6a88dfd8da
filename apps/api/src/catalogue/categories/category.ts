import '../../problems.js';
import { ProblemError } from '#libs/errors';

/** A category as Postgres has it. */
export interface Category {
  readonly id: string;
  readonly name: string;
  /** Unix seconds with fraction. */
  readonly lastUpdated: number;
  readonly version: number;
}

export interface CountedCategory extends Category {
  readonly productCount: number;
}

/** All categories, as one answer. */
export interface CategoryList {
  readonly categories: readonly Category[];
  /** The greatest of theirs. */
  readonly version: number;
}

/** numeric and bigint arrive as text: the driver does not lose digits on its own. */
export interface CategoryRow {
  readonly id: string;
  readonly name: string;
  readonly last_updated: string;
  readonly version: string;
}

export interface CountedRow extends CategoryRow {
  readonly product_count: string;
}

export const CATEGORY_COLUMNS = 'id, name, extract(epoch FROM last_updated) AS last_updated, version';

export const COUNTED_COLUMNS = `${CATEGORY_COLUMNS},
  (SELECT count(*) FROM products WHERE category_id = categories.id) AS product_count`;

export function toCategory(row: CategoryRow): Category {
  return {
    id: row.id,
    name: row.name,
    lastUpdated: Number(row.last_updated),
    version: Number(row.version),
  };
}

export function toCountedCategory(row: CountedRow): CountedCategory {
  return { ...toCategory(row), productCount: Number(row.product_count) };
}

export function categoryNotFound(id: string): ProblemError {
  return new ProblemError('CATEGORY_NOT_FOUND', { detail: `There is no category ${id}.` });
}

export function isCategoryNotFound(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'CATEGORY_NOT_FOUND';
}

export function categoryExists(id: string): ProblemError {
  return new ProblemError('CATEGORY_EXISTS', { detail: `There is a category ${id} already.` });
}

export function categoryNotEmpty(id: string, productCount: number): ProblemError {
  return new ProblemError('CATEGORY_NOT_EMPTY', {
    detail: `Category ${id} has products (${productCount}): move them to another one, or remove them, first.`,
  });
}
