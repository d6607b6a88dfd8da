import type { CachedResourceOptions } from '#libs/cache';
import { toCategoryListDto, toCountedCategoryDto } from './category.dto.js';
import type { CategoryList, CountedCategory } from './category.js';
import { isCategoryId } from './category-id.js';
import { categoryNotFound, isCategoryNotFound } from './category-not-found.js';

/** One category, under `category:<id>`. */
export const categoryResource: CachedResourceOptions<CountedCategory> = {
  key: ({ id }) => (isCategoryId(id) ? `category:${id}` : null),
  version: (category) => category.version,
  body: toCountedCategoryDto,
  isAbsent: isCategoryNotFound,
  absentError: ({ id = '' }) => categoryNotFound(id),
};

/** The list of all. No id has an asterisk, so its key meets no category's. */
export const categoryListResource: CachedResourceOptions<CategoryList> = {
  key: () => 'category:*',
  group: () => 'category:*',
  version: (list) => list.version,
  body: toCategoryListDto,
};
