import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { PROBLEM_MEDIA_TYPE } from '#libs/errors';
import { encodeCursor } from './page-cursor.js';
import { ProductBatchDto, ProductPageDto } from './product-list.dto.js';

const header = (description: string, example: string) =>
  ({ description, schema: { type: 'string', example } }) as const;

const CACHE_HEADERS = {
  ETag: header('Of exactly these bytes.', '"I7iJdYiej1U63I_iM_DH6V"'),
  'Cache-Control': header(
    'How long clients may keep the answer.',
    'public, max-age=5, stale-while-revalidate=30, stale-if-error=3600',
  ),
  'Cache-Status': header(
    'A hit if every part came from a tier; `detail` is the furthest that was needed, `ttl` the least.',
    'hotshelf; hit; ttl=326; detail=l1',
  ),
  Age: header('Seconds since the oldest part was loaded.', '12'),
};

const LINK = {
  Link: header(
    'The next page, where there is one.',
    `</products?category=kitchen&limit=20&cursor=${encodeCursor('prod-20', 'kitchen')}>; rel="next"`,
  ),
};

const PROBLEMS = [
  [400, 'A parameter breaks a rule, which is named (`REQUEST_INVALID`)'],
  [503, 'No tier has one of the parts, and Postgres can not be read now (`ORIGIN_UNAVAILABLE`)'],
] as const;

const Queries = () =>
  applyDecorators(
    ApiQuery({
      name: 'ids',
      required: false,
      description: '1 to 100 ids with commas between; excludes the other parameters.',
      schema: { type: 'string', example: 'prod-1,prod-2' },
    }),
    ApiQuery({
      name: 'category',
      required: false,
      description: 'Only the products of this one. One that there is not has none.',
      schema: { type: 'string', example: 'kitchen' },
    }),
    ApiQuery({
      name: 'limit',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
    }),
    ApiQuery({
      name: 'cursor',
      required: false,
      description: 'The `next_cursor` of the page before, of the same category.',
      schema: { type: 'string' },
    }),
  );

const Answers = () =>
  applyDecorators(
    ApiExtraModels(ProductBatchDto, ProductPageDto),
    ApiResponse({
      status: 200,
      description: 'The products named, and the ids of none; or a page.',
      headers: { ...CACHE_HEADERS, ...LINK },
      schema: { oneOf: [ProductBatchDto, ProductPageDto].map((dto) => ({ $ref: getSchemaPath(dto) })) },
    }),
    ApiResponse({ status: 304, description: 'The client has these bytes', headers: CACHE_HEADERS }),
    ...PROBLEMS.map(([status, description]) =>
      ApiResponse({ status, description, content: { [PROBLEM_MEDIA_TYPE]: { schema: { type: 'object' } } } }),
    ),
  );

/** What the OpenAPI document tells of `GET /products`. */
export const ListDocs = () =>
  applyDecorators(
    ApiOperation({
      summary: 'Several products: those named by `ids`, or a page in the order of their ids',
      description:
        'Every product that exists throughout a walk over `next_cursor` is on exactly one of its pages, whatever ' +
        'comes and goes meanwhile.',
    }),
    Queries(),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'An `ETag`; 304 where it still holds.',
    }),
    Answers(),
  );
