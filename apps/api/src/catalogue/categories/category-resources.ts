import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { CacheKey } from '#libs/cache';
import type { CachedResourceOptions } from '#libs/cache-http';
import { entityIdSchema, isEntityId } from '#libs/http';
import {
  type Category,
  type CategoryList,
  type CountedCategory,
  categoryNotFound,
  isCategoryNotFound,
} from './category.js';

/** A category as a client sees it in a list. */
@ApiSchema({ name: 'Category', description: 'A category.' })
export class CategoryDto {
  @ApiProperty({ ...entityIdSchema, example: 'kitchen' })
  readonly id!: string;

  @ApiProperty({ example: 'Kitchen' })
  readonly name!: string;

  @ApiProperty({ example: 1760000000.125, type: 'number', description: 'Unix seconds with fraction.' })
  readonly last_updated!: number;
}

/** One category, with the number of its products. */
@ApiSchema({ name: 'CountedCategory', description: 'A category, with the number of its products.' })
export class CountedCategoryDto extends CategoryDto {
  @ApiProperty({ example: 250, type: 'integer', minimum: 0 })
  readonly product_count!: number;
}

@ApiSchema({ name: 'CategoryList', description: 'All categories.' })
export class CategoryListDto {
  @ApiProperty({ type: [CategoryDto] })
  readonly items!: CategoryDto[];
}

function toCategoryDto({ id, name, lastUpdated }: Category): CategoryDto {
  return { id, name, last_updated: lastUpdated };
}

export function toCountedCategoryDto(category: CountedCategory): CountedCategoryDto {
  return { ...toCategoryDto(category), product_count: category.productCount };
}

export function toCategoryListDto({ categories }: CategoryList): CategoryListDto {
  return { items: categories.map(toCategoryDto) };
}

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
