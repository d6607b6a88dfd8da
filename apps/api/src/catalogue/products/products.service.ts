import { Injectable } from '@nestjs/common';
import type { CacheKey } from '#libs/cache';
import type { CachedCollectionOptions } from '#libs/cache-http';
import type { OriginVersions } from '#libs/coherence';
import { type BatchLoader, BatchLoaders, DatabaseLink, prepared } from '#libs/db';
import { encodeCursor, type Listing, type NamedListing, type PageListing } from './listing.js';
import {
  PRODUCT_COLUMNS,
  type Product,
  type ProductValues,
  productNotFound,
  productOf,
  productResource,
} from './product.js';

const BY_IDS = prepared(`SELECT ${PRODUCT_COLUMNS} FROM products WHERE id = ANY($1)`);

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

/** Reads products from Postgres. */
@Injectable()
export class ProductsService {
  private readonly byId: BatchLoader<Product>;

  constructor(
    private readonly database: DatabaseLink,
    batches: BatchLoaders,
  ) {
    this.byId = batches.of((ids) => this.findByIds(ids));
  }

  /**
   * One product; shares its statement with those that are asked for about the same time.
   *
   * @throws ProblemError `PRODUCT_NOT_FOUND`
   */
  async get(id: string): Promise<Product> {
    const product = await this.byId.load(id);
    if (product === undefined) throw productNotFound(id);
    return product;
  }

  /** What a listing selects. */
  select(listing: Listing): ProductSelection {
    const get = (id: string) => this.get(id);
    if (listing.kind === 'named') return { ...listing, get };
    return { ...listing, get, idsOnPage: () => this.idsOf(listing) };
  }

  private async findByIds(ids: readonly string[]): Promise<Map<string, Product>> {
    const rows = await this.database.load<ProductValues>(BY_IDS, [ids]);
    return new Map(rows.map((values) => [values[0], productOf(values)]));
  }

  /** A category that does not exist has no products; the answer says no more about it. */
  private async idsOf(page: PageListing): Promise<PageIds> {
    const { sql, parameters } = pageStatement(page);
    const rows = await this.database.query<{ id: string }>(sql, parameters);
    const ids = rows.slice(0, page.limit).map(({ id }) => id);
    return { ids, more: rows.length > page.limit };
  }
}

type Page = Extract<ProductSelection, { kind: 'page' }>;

/**
 * How several products are answered: each is the entry of its own route, so that a change is seen in a list when it is
 * seen on the product. Of a page, the ids are kept beside them, as long as no product comes, goes or moves.
 */
export const productCollection: CachedCollectionOptions<ProductSelection, Product> = {
  member: productResource,
  load: (selection, id) => selection.get(id),
  list: (selection) =>
    selection.kind === 'named'
      ? { kind: 'given', ids: selection.ids }
      : {
          kind: 'listed',
          key: pageKey(selection),
          group: groupOf(selection),
          load: () => selection.idsOnPage(),
          isOneOfMany: selection.after !== null,
        },
  rest: (selection, { list, missing }) =>
    selection.kind === 'named' ? { missing } : { next_cursor: nextCursor(selection, list) },
  next: (selection, { list }) => (selection.kind === 'named' ? null : nextPage(selection, list)),
};

/** The group of a category's pages, which ends its generation with every change of what it lists; of all: of any. */
function groupOf({ categoryId }: Page): CacheKey {
  return `category:${categoryId ?? '*'}`;
}

/** No id of a category has a colon, so this meets no category's key. */
function pageKey(page: Page): CacheKey {
  const from = page.after === null ? '' : encodeCursor(page.after, page.categoryId);
  return `${groupOf(page)}:page:${page.limit}:${from}`;
}

/** From the list, not from what was found of it: the last product may have gone, and the walk goes on after it. */
function nextCursor({ categoryId }: Page, { ids, more }: PageIds): string | null {
  const last = ids.at(-1);
  return more && last !== undefined ? encodeCursor(last, categoryId) : null;
}

function nextPage(page: Page, list: PageIds): string | null {
  const cursor = nextCursor(page, list);
  if (cursor === null) return null;
  const category = page.categoryId === null ? {} : { category: page.categoryId };
  return `/products?${new URLSearchParams({ ...category, limit: String(page.limit), cursor })}`;
}

const PREFIX = 'product:';

const VERSIONS_BY_IDS = 'SELECT id, version FROM products WHERE id = ANY($1)';

/** The versions of products as Postgres has them, for the consistency meter. */
@Injectable()
export class ProductVersions implements OriginVersions {
  constructor(private readonly database: DatabaseLink) {}

  async of(keys: readonly CacheKey[]): Promise<ReadonlyMap<CacheKey, number>> {
    const ids = keys.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
    if (ids.length === 0) return new Map();
    const rows = await this.database.query<{ id: string; version: string }>(VERSIONS_BY_IDS, [ids]);
    return new Map(rows.map(({ id, version }) => [`${PREFIX}${id}`, Number(version)]));
  }
}
