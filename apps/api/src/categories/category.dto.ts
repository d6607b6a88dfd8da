import { ApiProperty } from '@nestjs/swagger';
import type { Category, CategoryList, CountedCategory } from './category.js';

/** A category as a client sees it in a list. */
export class CategoryDto {
  @ApiProperty({ example: 'kitchen' })
  readonly id!: string;

  @ApiProperty({ example: 'Kitchen' })
  readonly name!: string;

  @ApiProperty({ example: 1760000000.125, description: 'Unix seconds with fraction' })
  readonly last_updated!: number;
}

/** One category, with the number of its products. */
export class CountedCategoryDto extends CategoryDto {
  @ApiProperty({ example: 250, type: 'integer', minimum: 0 })
  readonly product_count!: number;
}

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
