import { ApiProperty } from '@nestjs/swagger';
import type { Product } from './product.js';

/** A product as a client sees it. */
export class ProductDto {
  @ApiProperty({ example: 'prod-1' })
  readonly id!: string;

  @ApiProperty({ example: 'Walnut Desk Lamp' })
  readonly name!: string;

  @ApiProperty({ example: 49.9, type: 'number', minimum: 0.01 })
  readonly price!: number;

  @ApiProperty({ example: 12, type: 'integer', minimum: 0 })
  readonly stock!: number;

  @ApiProperty({ example: 1760000000.125, description: 'Unix seconds with fraction' })
  readonly last_updated!: number;
}

export function toProductDto(product: Product): ProductDto {
  return {
    id: product.id,
    name: product.name,
    price: product.price,
    stock: product.stock,
    last_updated: product.lastUpdated,
  };
}
