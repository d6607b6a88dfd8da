import { ApiProperty } from '@nestjs/swagger';
import { ProductDto } from '../product.dto.js';
import { encodeCursor } from './page-cursor.js';

/** Products that were asked for by their ids. */
export class ProductBatchDto {
  @ApiProperty({ type: [ProductDto], description: 'In the order asked, each once' })
  readonly items!: ProductDto[];

  @ApiProperty({ type: [String], example: ['prod-x'], description: 'What there is no product of' })
  readonly missing!: string[];
}

/** A page of products. */
export class ProductPageDto {
  @ApiProperty({ type: [ProductDto], description: 'In the order of their ids' })
  readonly items!: ProductDto[];

  @ApiProperty({
    oneOf: [{ type: 'string' }, { type: 'null' }],
    example: encodeCursor('prod-20', 'kitchen'),
    description: 'What to send as `cursor` for the next page; null at the end',
  })
  readonly next_cursor!: string | null;
}
