import type { Category, CountedCategory } from './category.js';

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
