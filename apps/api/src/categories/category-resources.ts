import type { CacheKey } from '#libs/cache';
import type { CachedResourceOptions } from '#libs/cache-http';
import { isEntityId } from '#libs/http';
import { toCategoryListDto, toCountedCategoryDto } from './category.dto.js';
import type { CategoryList, CountedCategory } from './category.js';
import { categoryNotFound, isCategoryNotFound } from './category-not-found.js';

/** One category, under `category:<id>`. */
export const categoryResource: CachedResourceOptions<CountedCategory> = {
  key: ({ id }) => (isEntityId(id) ? `category:${id}` : null),
  version: (category) => category.version,
  body: toCountedCategoryDto,
  isAbsent: isCategoryNotFound,
  absentError: ({ id = '' }) => categoryNotFound(id),
};

/** No id has an asterisk, so this meets no category's key. */
const ALL: CacheKey = 'category:*';

/** The list of all. */
export const categoryListResource: CachedResourceOptions<CategoryList> = {
  key: () => ALL,
  group: () => ALL,
  version: (list) => list.version,
  body: toCategoryListDto,
};

/**
 * The groups that a change makes stale: of any category, the list of all and the pages of all products; of one, the pages
 * of its products too. A category changes with every product that comes, goes or moves.
 */
export function categoryGroupsOf(key: CacheKey): readonly CacheKey[] {
  if (!key.startsWith('category:')) return [];
  return key === ALL ? [ALL] : [ALL, key];
}
