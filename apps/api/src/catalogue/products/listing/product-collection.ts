import type { CacheKey } from '#libs/cache';
import type { CachedCollectionOptions } from '#libs/cache-http';
import type { Product } from '../product.js';
import { productResource } from '../product-resource.js';
import { encodeCursor } from './listing.js';
import type { PageIds, ProductSelection } from './product-pages.js';

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
