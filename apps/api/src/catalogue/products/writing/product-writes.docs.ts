import '../../../problems.js';
import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  ApiSchema,
  OmitType,
  PartialType,
} from '@nestjs/swagger';
import { entityIdSchema, JSON_MEDIA_TYPE, MERGE_PATCH_MEDIA_TYPE } from '#libs/http';
import { answerHeaders, ProblemDocs } from '#libs/open-api';
import {
  Answers,
  BodyProblems,
  Conditional,
  Idempotent,
  MAX_NAME_CHARACTERS,
  namePattern,
  OnEntity,
} from '#libs/writes';
import { MAX_INT32, MAX_PRICE, MIN_INT32, MIN_PRICE } from '../product.js';
import { ProductDto } from '../product-resource.js';

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

const OF_CHANGES = [
  'PRODUCT_NOT_FOUND',
  'PRECONDITION_FAILED',
  'PRECONDITION_REQUIRED',
  'WRITE_UNAVAILABLE',
  'OVERLOADED',
] as const;

const ChangeDocs = () =>
  applyDecorators(
    OnProduct(),
    OfTheProduct(),
    Answers(ProductDto, 200, 'The product as it is now.'),
    BodyProblems(),
    ProblemDocs(...OF_CHANGES),
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
    ProblemDocs(...OF_CHANGES),
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
