import type { PageListing } from './listing.js';

/** A statement and its parameters. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/*
 * Keyset pages: where the last one ended is looked up in an index, so the hundredth page costs what the first does.
 * Comparison and order are the column's own, byte by byte.
 */

/** By the primary key; products without a category are among them. */
const OF_ALL = 'SELECT id FROM products WHERE id > $1 ORDER BY id LIMIT $2';

/** By products_by_category (category_id, id). */
const OF_CATEGORY = 'SELECT id FROM products WHERE category_id = $1 AND id > $2 ORDER BY id LIMIT $3';

/** Less than any id. */
const START = '';

/** Reads a page's ids, and one more, to know whether there is a next page. */
export function pageStatement({ categoryId, after, limit }: PageListing): Statement {
  const range = [after ?? START, limit + 1];
  return categoryId === null
    ? { sql: OF_ALL, parameters: range }
    : { sql: OF_CATEGORY, parameters: [categoryId, ...range] };
}
