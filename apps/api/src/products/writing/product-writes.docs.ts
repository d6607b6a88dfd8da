import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { JSON_MEDIA_TYPE, MERGE_PATCH_MEDIA_TYPE } from '#libs/http';
import { ProductDto } from '../product.dto.js';
import { ProblemDocs } from './problem-docs.js';
import {
  NewProductDto,
  ProductPatchDto,
  ProductReplacementDto,
  StockChangeDto,
} from './product-write.dto.js';

const header = (description: string, example: string) =>
  ({ description, schema: { type: 'string', example } }) as const;

const ETAG = { ETag: header('The tag that a GET brings, for `If-Match`.', '"I7iJdYiej1U63I_iM_DH6V"') };
const LOCATION = { Location: header('Where the product is.', '/products/prod-1') };
const REPLAYED = {
  'Idempotency-Replayed': header('`true` where this is the answer of an earlier request.', 'true'),
};

const OnProduct = () => ApiParam({ name: 'id', example: 'prod-1' });
const BodyProblems = () => ProblemDocs('REQUEST_INVALID', 'BODY_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED');

const Conditional = () =>
  ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'Only if the product has one of these tags, or `*`.',
  });

const Idempotent = () =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Chosen by the client; the same request under the same key is made once, for 24 hours.',
  });

export const CreateDocs = () =>
  applyDecorators(
    ApiOperation({ summary: 'Make a product' }),
    Idempotent(),
    ApiBody({ type: NewProductDto }),
    ApiResponse({ status: 201, type: ProductDto, headers: { ...LOCATION, ...ETAG, ...REPLAYED } }),
    BodyProblems(),
    ProblemDocs('PRODUCT_EXISTS', 'IDEMPOTENCY_IN_PROGRESS', 'IDEMPOTENCY_KEY_REUSED', 'WRITE_UNAVAILABLE'),
  );

const ChangeDocs = () =>
  applyDecorators(
    OnProduct(),
    Conditional(),
    ApiResponse({ status: 200, type: ProductDto, headers: ETAG }),
    BodyProblems(),
    ProblemDocs('PRODUCT_NOT_FOUND', 'PRECONDITION_FAILED', 'PRECONDITION_REQUIRED', 'WRITE_UNAVAILABLE'),
  );

export const ReplaceDocs = () =>
  applyDecorators(
    ApiOperation({ summary: 'Replace a product', description: 'An absent category stays as it is.' }),
    ApiBody({ type: ProductReplacementDto }),
    ChangeDocs(),
  );

export const PatchDocs = () =>
  applyDecorators(
    ApiOperation({ summary: 'Change parts of a product', description: 'A JSON merge patch (RFC 7396).' }),
    ApiConsumes(MERGE_PATCH_MEDIA_TYPE, JSON_MEDIA_TYPE),
    ApiBody({ type: ProductPatchDto }),
    ChangeDocs(),
  );

export const RemoveDocs = () =>
  applyDecorators(
    ApiOperation({ summary: 'Remove a product' }),
    OnProduct(),
    Conditional(),
    ApiResponse({ status: 204, description: 'It is gone' }),
    ProblemDocs('REQUEST_INVALID', 'PRODUCT_NOT_FOUND', 'PRECONDITION_FAILED', 'PRECONDITION_REQUIRED'),
    ProblemDocs('WRITE_UNAVAILABLE'),
  );

export const AddToStockDocs = () =>
  applyDecorators(
    ApiOperation({
      summary: 'Add to the stock of a product, or take from it',
      description: 'Never below 0.',
    }),
    OnProduct(),
    Conditional(),
    Idempotent(),
    ApiBody({ type: StockChangeDto }),
    ApiResponse({ status: 200, type: ProductDto, headers: { ...ETAG, ...REPLAYED } }),
    BodyProblems(),
    ProblemDocs('PRODUCT_NOT_FOUND', 'STOCK_INSUFFICIENT', 'STOCK_LIMIT', 'IDEMPOTENCY_IN_PROGRESS'),
    ProblemDocs('PRECONDITION_FAILED', 'IDEMPOTENCY_KEY_REUSED', 'WRITE_UNAVAILABLE'),
  );
