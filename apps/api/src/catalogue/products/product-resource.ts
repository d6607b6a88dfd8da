import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { CachedResourceOptions } from '#libs/cache-http';
import { entityIdSchema, isEntityId } from '#libs/http';
import { MAX_NAME_CHARACTERS } from '#libs/writes';
import {
  isProductNotFound,
  MAX_INT32,
  MAX_PRICE,
  MIN_PRICE,
  type Product,
  productNotFound,
} from './product.js';

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

/** How products are cached: under `product:<id>`, an unknown id too, an impossible one never. */
export const productResource: CachedResourceOptions<Product> = {
  key: ({ id }) => (isEntityId(id) ? `product:${id}` : null),
  version: (product) => product.version,
  body: toProductDto,
  isAbsent: isProductNotFound,
  absentError: ({ id = '' }) => productNotFound(id),
};
