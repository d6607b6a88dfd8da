import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { entityIdSchema, idempotencyKeySchema, JSON_MEDIA_TYPE, MERGE_PATCH_MEDIA_TYPE } from '#libs/http';
import { type AnswerHeader, answerHeaders, ProblemDocs } from '#libs/open-api';
import { ProductDto } from '../product.dto.js';
import {
  NewProductDto,
  ProductPatchDto,
  ProductReplacementDto,
  StockChangeDto,
} from './product-write.dto.js';

const OF_THE_PRODUCT = ['ETag', 'Cache-Control'] as const;

const OnProduct = () => ApiParam({ name: 'id', schema: { ...entityIdSchema, example: 'prod-1' } });
// Of a route that takes no body, too: one that is sent is read before anybody asks for it.
const BodyProblems = () => ProblemDocs('REQUEST_INVALID', 'BODY_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED');

const Conditional = () =>
  ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'Only if the product has one of these tags, or `*`.',
    schema: { type: 'string', example: '"I7iJdYiej1U63I_iM_DH6V"' },
  });

const Idempotent = () =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Chosen by the client; the same request under the same key is made once, for 24 hours.',
    schema: { ...idempotencyKeySchema, example: 'order-4711' },
  });

const Made = (status: 200 | 201, description: string, more: readonly AnswerHeader[] = []) =>
  ApiResponse({ status, description, type: ProductDto, headers: answerHeaders(...OF_THE_PRODUCT, ...more) });

export const CreateDocs = () =>
  applyDecorators(
    ApiOperation({ operationId: 'createProduct', summary: 'Make a product' }),
    Idempotent(),
    ApiBody({ type: NewProductDto }),
    Made(201, 'The product that was made.', ['Location', 'Idempotency-Replayed']),
    BodyProblems(),
    ProblemDocs(
      'PRODUCT_EXISTS',
      'IDEMPOTENCY_IN_PROGRESS',
      'IDEMPOTENCY_KEY_REUSED',
      'WRITE_UNAVAILABLE',
      'OVERLOADED',
    ),
  );

const ChangeDocs = () =>
  applyDecorators(
    OnProduct(),
    Conditional(),
    Made(200, 'The product as it is now.'),
    BodyProblems(),
    ProblemDocs(
      'PRODUCT_NOT_FOUND',
      'PRECONDITION_FAILED',
      'PRECONDITION_REQUIRED',
      'WRITE_UNAVAILABLE',
      'OVERLOADED',
    ),
  );

export const ReplaceDocs = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'replaceProduct',
      summary: 'Replace a product',
      description: 'An absent category stays as it is.',
    }),
    ApiBody({ type: ProductReplacementDto }),
    ChangeDocs(),
  );

export const PatchDocs = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'patchProduct',
      summary: 'Change parts of a product',
      description: 'A JSON merge patch (RFC 7396); `{}` changes nothing.',
    }),
    ApiConsumes(MERGE_PATCH_MEDIA_TYPE, JSON_MEDIA_TYPE),
    ApiBody({ type: ProductPatchDto }),
    ChangeDocs(),
  );

export const RemoveDocs = () =>
  applyDecorators(
    ApiOperation({ operationId: 'deleteProduct', summary: 'Remove a product' }),
    OnProduct(),
    Conditional(),
    ApiResponse({ status: 204, description: 'It is gone.', headers: answerHeaders('Cache-Control') }),
    BodyProblems(),
    ProblemDocs(
      'PRODUCT_NOT_FOUND',
      'PRECONDITION_FAILED',
      'PRECONDITION_REQUIRED',
      'WRITE_UNAVAILABLE',
      'OVERLOADED',
    ),
  );

export const AddToStockDocs = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'addToStock',
      summary: 'Add to the stock of a product, or take from it',
      description: 'Atomic, and never below 0.',
    }),
    OnProduct(),
    Conditional(),
    Idempotent(),
    ApiBody({ type: StockChangeDto }),
    Made(200, 'The product as it is now.', ['Idempotency-Replayed']),
    BodyProblems(),
    ProblemDocs('PRODUCT_NOT_FOUND', 'STOCK_INSUFFICIENT', 'STOCK_LIMIT', 'IDEMPOTENCY_IN_PROGRESS'),
    ProblemDocs('PRECONDITION_FAILED', 'IDEMPOTENCY_KEY_REUSED', 'WRITE_UNAVAILABLE', 'OVERLOADED'),
  );
