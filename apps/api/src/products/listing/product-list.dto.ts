import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { entityIdSchema } from '#libs/http';
import { ProductDto } from '../product.dto.js';
import { MAX_IDS, MAX_LIMIT } from './listing-bounds.js';
import { encodeCursor } from './page-cursor.js';

/** Products that were asked for by their ids. */
@ApiSchema({ name: 'ProductBatch', description: 'Products that were asked for by their ids.' })
export class ProductBatchDto {
  @ApiProperty({ type: [ProductDto], maxItems: MAX_IDS, description: 'In the order asked, each once.' })
  readonly items!: ProductDto[];

  @ApiProperty({
    type: 'array',
    items: entityIdSchema,
    maxItems: MAX_IDS,
    example: ['prod-x'],
    description: 'The ids that no product has.',
  })
  readonly missing!: string[];
}

/** A page of products. */
@ApiSchema({ name: 'ProductPage', description: 'A page of products.' })
export class ProductPageDto {
  @ApiProperty({ type: [ProductDto], maxItems: MAX_LIMIT, description: 'In the order of their ids.' })
  readonly items!: ProductDto[];

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: encodeCursor('prod-20', 'kitchen'),
    description: 'What to send as `cursor` for the next page; null at the end.',
  })
  readonly next_cursor!: string | null;
}
