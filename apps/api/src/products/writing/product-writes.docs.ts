import '../../problems.js';
import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { JSON_MEDIA_TYPE, MERGE_PATCH_MEDIA_TYPE } from '#libs/http';
import { answerHeaders, ProblemDocs } from '#libs/open-api';
import { Answers, BodyProblems, Conditional, Idempotent, OnEntity } from '#libs/writes';
import { ProductDto } from '../product.dto.js';
import {
  NewProductDto,
  ProductPatchDto,
  ProductReplacementDto,
  StockChangeDto,
} from './product-write.dto.js';

const OnProduct = () => OnEntity('prod-1');
const OfTheProduct = () => Conditional('product');

export const CreateDocs = () =>
  applyDecorators(
    ApiOperation({ operationId: 'createProduct', summary: 'Make a product' }),
    Idempotent(),
    ApiBody({ type: NewProductDto }),
    Answers(ProductDto, 201, 'The product that was made.', ['Location', 'Idempotency-Replayed']),
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
    OfTheProduct(),
    Answers(ProductDto, 200, 'The product as it is now.'),
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
    OfTheProduct(),
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
    OfTheProduct(),
    Idempotent(),
    ApiBody({ type: StockChangeDto }),
    Answers(ProductDto, 200, 'The product as it is now.', ['Idempotency-Replayed']),
    BodyProblems(),
    ProblemDocs('PRODUCT_NOT_FOUND', 'STOCK_INSUFFICIENT', 'STOCK_LIMIT', 'IDEMPOTENCY_IN_PROGRESS'),
    ProblemDocs('PRECONDITION_FAILED', 'IDEMPOTENCY_KEY_REUSED', 'WRITE_UNAVAILABLE', 'OVERLOADED'),
  );
