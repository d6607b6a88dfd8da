import { ApiProperty, ApiPropertyOptional, ApiSchema, OmitType, PartialType } from '@nestjs/swagger';
import { entityIdSchema } from '#libs/http';
import { MAX_NAME_CHARACTERS, namePattern } from '#libs/writes';
import { MAX_INT32, MAX_PRICE, MIN_INT32, MIN_PRICE } from '../product-bounds.js';

/** A product as a writer gives it. */
@ApiSchema({ name: 'ProductReplacement', description: 'A whole product; a missing member is refused.' })
export class ProductReplacementDto {
  @ApiProperty({
    example: 'Walnut Desk Lamp',
    minLength: 1,
    maxLength: MAX_NAME_CHARACTERS,
    pattern: namePattern,
    description: 'Kept trimmed.',
  })
  readonly name!: string;

  @ApiProperty({ example: 49.9, type: 'number', minimum: MIN_PRICE, maximum: MAX_PRICE, multipleOf: 0.01 })
  readonly price!: number;

  @ApiProperty({ example: 12, type: 'integer', minimum: 0, maximum: MAX_INT32 })
  readonly stock!: number;

  @ApiPropertyOptional({
    ...entityIdSchema,
    example: 'kitchen',
    nullable: true,
    description: 'The id of a category; null for none. Absent: none for a new product, as it is for another.',
  })
  readonly category?: string | null;

  @ApiPropertyOptional({
    ...entityIdSchema,
    example: 'prod-1',
    description: 'The id in the address, if it is given.',
  })
  readonly id?: string;
}

@ApiSchema({ name: 'NewProduct', description: 'A product that is to be.' })
export class NewProductDto extends OmitType(ProductReplacementDto, ['id']) {
  @ApiPropertyOptional({
    ...entityIdSchema,
    example: 'prod-1',
    description: 'Created by the service if absent.',
  })
  readonly id?: string;
}

@ApiSchema({
  name: 'ProductPatch',
  description: 'A JSON merge patch (RFC 7396): absent members stay unchanged.',
})
export class ProductPatchDto extends PartialType(ProductReplacementDto) {}

@ApiSchema({ name: 'StockChange', description: 'A change of a stock.' })
export class StockChangeDto {
  @ApiProperty({
    example: -1,
    type: 'integer',
    minimum: MIN_INT32,
    maximum: MAX_INT32,
    description: 'Added to the stock; negative to take.',
  })
  readonly delta!: number;
}
