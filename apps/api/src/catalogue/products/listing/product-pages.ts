import '../../../problems.js';
import { Injectable } from '@nestjs/common';
import { DatabaseLink } from '#libs/db';
import type { Product } from '../product.js';
import { ProductsService } from '../products.service.js';
import type { Listing, NamedListing, PageListing } from './listing.js';

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

/** The ids of a page's products, in their order, and whether there are more after them. */
export interface PageIds {
  readonly ids: readonly string[];
  readonly more: boolean;
}

interface Gets {
  /** @throws ProblemError `PRODUCT_NOT_FOUND` */
  get(id: string): Promise<Product>;
}

interface Lists {
  /** Which products are on the page. */
  idsOnPage(): Promise<PageIds>;
}

/** What was asked for, and how it is got at. Nothing is read before it is wanted. */
export type ProductSelection = (NamedListing & Gets) | (PageListing & Gets & Lists);

/** Selects products by a listing. */
@Injectable()
export class ProductPages {
  constructor(
    private readonly database: DatabaseLink,
    private readonly products: ProductsService,
  ) {}

  select(listing: Listing): ProductSelection {
    const get = (id: string) => this.products.get(id);
    if (listing.kind === 'named') return { ...listing, get };
    return { ...listing, get, idsOnPage: () => this.idsOf(listing) };
  }

  /** A category that does not exist has no products; the answer says no more about it. */
  private async idsOf(page: PageListing): Promise<PageIds> {
    const { sql, parameters } = pageStatement(page);
    const rows = await this.database.query<{ id: string }>(sql, parameters);
    const ids = rows.slice(0, page.limit).map(({ id }) => id);
    return { ids, more: rows.length > page.limit };
  }
}
