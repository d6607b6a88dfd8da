import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { entityIdSchema } from '#libs/http';
import { MAX_NAME_CHARACTERS } from '#libs/writes';
import type { Product } from './product.js';
import { MAX_INT32, MAX_PRICE, MIN_PRICE } from './product-bounds.js';

/** A product as a client sees it. */
@ApiSchema({ name: 'Product', description: 'A product.' })
export class ProductDto {
  @ApiProperty({ ...entityIdSchema, example: 'prod-1' })
  readonly id!: string;

  @ApiProperty({ example: 'Walnut Desk Lamp', minLength: 1, maxLength: MAX_NAME_CHARACTERS })
  readonly name!: string;

  @ApiProperty({
    example: 49.9,
    type: 'number',
    minimum: MIN_PRICE,
    maximum: MAX_PRICE,
    description: "In the shop's currency, exact to the cent.",
  })
  readonly price!: number;

  @ApiProperty({ example: 12, type: 'integer', minimum: 0, maximum: MAX_INT32 })
  readonly stock!: number;

  @ApiProperty({ example: 1760000000.125, type: 'number', description: 'Unix seconds with fraction.' })
  readonly last_updated!: number;

  @ApiProperty({
    ...entityIdSchema,
    example: 'lighting',
    nullable: true,
    description: 'The id of its category; null for none.',
  })
  readonly category!: string | null;
}

export function toProductDto(product: Product): ProductDto {
  return {
    id: product.id,
    name: product.name,
    price: product.price,
    stock: product.stock,
    last_updated: product.lastUpdated,
    category: product.category,
  };
}
