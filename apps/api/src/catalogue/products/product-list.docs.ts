import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOperation,
  ApiProperty,
  ApiQuery,
  ApiResponse,
  ApiSchema,
  getSchemaPath,
} from '@nestjs/swagger';
import { entityIdSchema } from '#libs/http';
import { answerHeaders, CACHE_HEADERS, CachedDocs, ProblemDocs } from '#libs/open-api';
import { DEFAULT_LIMIT, encodeCursor, MAX_IDS, MAX_LIMIT } from './listing.js';
import { ProductDto } from './product.js';

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

const Queries = () =>
  applyDecorators(
    ApiQuery({
      name: 'ids',
      required: false,
      style: 'form',
      explode: false,
      description: 'With commas between; excludes the other parameters.',
      schema: { type: 'array', items: entityIdSchema, minItems: 1, maxItems: MAX_IDS },
      example: ['prod-1', 'prod-2'],
    }),
    ApiQuery({
      name: 'category',
      required: false,
      description: 'Only the products of this one. One that there is not has none.',
      schema: { ...entityIdSchema, example: 'kitchen' },
    }),
    ApiQuery({
      name: 'limit',
      required: false,
      description: 'How many products a page has at most.',
      schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
    }),
    ApiQuery({
      name: 'cursor',
      required: false,
      description: 'The `next_cursor` of the page before, of the same category.',
      schema: { type: 'string', pattern: '^[A-Za-z0-9_-]+$' },
    }),
  );

const LAMP = {
  id: 'prod-1',
  name: 'Walnut Desk Lamp',
  price: 49.9,
  stock: 12,
  last_updated: 1760000000.125,
  category: 'kitchen',
};

const EXAMPLES = {
  named: {
    summary: 'Products named by their ids',
    value: {
      items: [LAMP],
      missing: ['prod-x'],
    },
  },
  page: {
    summary: 'The first page of a category',
    value: {
      items: [LAMP],
      next_cursor: encodeCursor('prod-1', 'kitchen'),
    },
  },
};

const Answer = () =>
  applyDecorators(
    ApiExtraModels(ProductListDto),
    ApiResponse({
      status: 200,
      description: 'The products named, and the ids of none; or a page.',
      headers: answerHeaders(...CACHE_HEADERS, 'Link', 'Content-Encoding'),
      content: {
        'application/json': {
          schema: { $ref: getSchemaPath(ProductListDto) },
          examples: EXAMPLES,
        },
      },
    }),
  );

/** The OpenAPI description of `GET /products`. */
export const ListDocs = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'listProducts',
      summary: 'Several products: those named by `ids`, or a page in the order of their ids',
      description:
        'Every product that exists throughout a walk over `next_cursor` is on exactly one of its pages, whatever ' +
        'comes and goes meanwhile.',
    }),
    Queries(),
    Answer(),
    CachedDocs({ more: ['Link'] }),
    ProblemDocs('NOT_ACCEPTABLE'),
  );
