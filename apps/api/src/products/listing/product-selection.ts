import '../../problems.js';
import type { Product } from '../product.js';
import type { NamedListing, PageListing } from './listing.js';
import type { PageIds } from './product-pages.repository.js';

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
