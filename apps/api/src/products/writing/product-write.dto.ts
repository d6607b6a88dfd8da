import { ApiProperty, ApiPropertyOptional, OmitType, PartialType } from '@nestjs/swagger';

/** A product as a writer gives it. */
export class ProductReplacementDto {
  @ApiProperty({ example: 'Walnut Desk Lamp', minLength: 1, maxLength: 200, description: 'Kept trimmed.' })
  readonly name!: string;

  @ApiProperty({ example: 49.9, type: 'number', minimum: 0.01, maximum: 9_999_999.99, multipleOf: 0.01 })
  readonly price!: number;

  @ApiProperty({ example: 12, type: 'integer', minimum: 0, maximum: 2_147_483_647 })
  readonly stock!: number;

  @ApiPropertyOptional({
    example: 'lighting',
    type: 'string',
    nullable: true,
    description: 'The id of a category; null for none. Absent: none for a new product, as it is for another.',
  })
  readonly category?: string | null;

  @ApiPropertyOptional({ example: 'prod-1', description: 'The id in the address, if it is given.' })
  readonly id?: string;
}

export class NewProductDto extends OmitType(ProductReplacementDto, ['id']) {
  @ApiPropertyOptional({ example: 'prod-1', description: 'Made by the service where it is absent.' })
  readonly id?: string;
}

/** What is absent stays as it is. */
export class ProductPatchDto extends PartialType(ProductReplacementDto) {}

export class StockChangeDto {
  @ApiProperty({
    example: -1,
    type: 'integer',
    minimum: -2_147_483_648,
    maximum: 2_147_483_647,
    description: 'Added to the stock; negative to take.',
  })
  readonly delta!: number;
}
