import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { entityIdSchema } from '#libs/http';
import type { Category, CategoryList, CountedCategory } from './category.js';

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
