import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { entityIdSchema } from '#libs/http';
import { ProductDto } from '../product.dto.js';
import { MAX_IDS } from './listing-bounds.js';
import { encodeCursor } from './page-cursor.js';

/** One schema for both: a union of two has no member that a typed client could read without asking which one it got. */
@ApiSchema({
  name: 'ProductList',
  description: 'Products: those that `ids` names, with `missing`; or a page of them, with `next_cursor`.',
})
export class ProductListDto {
  @ApiProperty({
    type: [ProductDto],
    maxItems: MAX_IDS,
    description: 'With `ids` in the order asked, each once; of a page in the order of their ids.',
  })
  readonly items!: ProductDto[];

  @ApiProperty({
    type: 'array',
    required: false,
    items: entityIdSchema,
    maxItems: MAX_IDS,
    example: ['prod-x'],
    description: 'With `ids`: those that no product has.',
  })
  readonly missing?: string[];

  @ApiProperty({
    type: 'string',
    required: false,
    nullable: true,
    example: encodeCursor('prod-20', 'kitchen'),
    description: 'Of a page: the `cursor` of the next one; null at the end.',
  })
  readonly next_cursor?: string | null;
}
