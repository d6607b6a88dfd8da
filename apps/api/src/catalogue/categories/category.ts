import '../../problems.js';
import { z } from 'zod';
import type { CacheKey } from '#libs/cache';
import type { CachedResourceOptions } from '#libs/cache-http';
import { ProblemError } from '#libs/errors';
import { entityIdSchema, isEntityId } from '#libs/http';
import { ApiProperty, ApiSchema } from '#libs/open-api';
import { idField, nameField, readOnlyField, repeatedId } from '#libs/writes';

/** A category as Postgres has it. */
export interface Category {
  readonly id: string;
  readonly name: string;
  /** Unix seconds with fraction. */
  readonly lastUpdated: number;
  readonly version: number;
}

export interface CountedCategory extends Category {
  readonly productCount: number;
}

/** All categories, as one answer. */
export interface CategoryList {
  readonly categories: readonly Category[];
  /** The greatest of theirs. */
  readonly version: number;
}

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

export function categoryNotFound(id: string): ProblemError {
  return new ProblemError('CATEGORY_NOT_FOUND', { detail: `There is no category ${id}.` });
}

function isCategoryNotFound(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'CATEGORY_NOT_FOUND';
}

export function categoryExists(id: string): ProblemError {
  return new ProblemError('CATEGORY_EXISTS', { detail: `There is a category ${id} already.` });
}

export function categoryNotEmpty(id: string, productCount: number): ProblemError {
  return new ProblemError('CATEGORY_NOT_EMPTY', {
    detail: `Category ${id} has products (${productCount}): move them to another one, or remove them, first.`,
  });
}

/** A category as a client sees it in a list. */
@ApiSchema({ name: 'Category', description: 'A category.' })
class CategoryDto {
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

function toCountedCategoryDto(category: CountedCategory): CountedCategoryDto {
  return { ...toCategoryDto(category), product_count: category.productCount };
}

function toCategoryListDto({ categories }: CategoryList): CategoryListDto {
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

export const categoryReplacement = z
  .strictObject({
    id: repeatedId.meta({ example: 'kitchen' }),
    name: nameField.meta({ example: 'Kitchen' }),
    last_updated: readOnlyField,
    product_count: readOnlyField,
  })
  .meta({ title: 'CategoryReplacement', description: 'All of a category that can be set.' });

export const newCategory = categoryReplacement
  .extend({
    id: idField.optional().meta({ example: 'kitchen', description: 'Made by the service if it is absent.' }),
  })
  .meta({ title: 'NewCategory', description: 'A category to be made.' });

/** Null removes, and a category always has a name. */
export const categoryPatch = categoryReplacement.partial().meta({
  title: 'CategoryPatch',
  description: 'A JSON merge patch (RFC 7396): absent members stay unchanged.',
});

/** A category as a writer gives it. */
export type NewCategory = Pick<z.output<typeof newCategory>, 'id' | 'name'>;

/** Undefined stays as it is. */
export type CategoryChange = Pick<z.output<typeof categoryPatch>, 'name'>;
