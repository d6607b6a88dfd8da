/** Some products, by their ids, in the order asked. */
export interface NamedListing {
  readonly kind: 'named';
  /** Each once. */
  readonly ids: readonly string[];
}

/** A page of the products in the order of their ids, of a category or of all. */
export interface PageListing {
  readonly kind: 'page';
  /** Null: the products of all categories, and those of none. */
  readonly categoryId: string | null;
  readonly limit: number;
  /** The last id of the page before; null for the first page. */
  readonly after: string | null;
}

/** What `GET /products` can be asked for. */
export type Listing = NamedListing | PageListing;
