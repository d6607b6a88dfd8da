import '../../../problems.js';
import {
  applyDecorators,
  Controller,
  Delete,
  Headers,
  Param,
  Patch,
  Post,
  Put,
  Req,
  Res,
} from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WriteAccess } from '#libs/auth';
import { EntityIdPipe, MERGE_PATCH_MEDIA_TYPE } from '#libs/http';
import { answerHeaders, ProblemDocs } from '#libs/open-api';
import {
  Answers,
  attemptOf,
  BodyProblems,
  Conditional,
  Idempotent,
  Input,
  OnEntity,
  sendResult,
} from '#libs/writes';
import {
  type NewProduct,
  newProduct,
  type ProductChange,
  ProductDto,
  productPatch,
  productReplacement,
  type StockChange,
  stockChange,
} from '../product.js';
import { ProductWritesService } from './product-writes.service.js';

const OnProduct = () => OnEntity('prod-1');
const OfTheProduct = () => Conditional('product');

const CreateDocs = () =>
  applyDecorators(
    ApiOperation({ operationId: 'createProduct', summary: 'Make a product' }),
    Idempotent(),
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

const ReplaceDocs = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'replaceProduct',
      summary: 'Replace a product',
      description: 'An absent category stays as it is.',
    }),
    ChangeDocs(),
  );

const PatchDocs = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'patchProduct',
      summary: 'Change parts of a product',
      description: 'A JSON merge patch (RFC 7396); `{}` changes nothing.',
    }),
    ChangeDocs(),
  );

const RemoveDocs = () =>
  applyDecorators(
    ApiOperation({ operationId: 'deleteProduct', summary: 'Remove a product' }),
    OnProduct(),
    OfTheProduct(),
    ApiResponse({ status: 204, description: 'It is gone.', headers: answerHeaders('Cache-Control') }),
    BodyProblems(),
    ProblemDocs(...OF_CHANGES),
  );

const AddToStockDocs = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'addToStock',
      summary: 'Add to the stock of a product, or take from it',
      description: 'Atomic, and never below 0.',
    }),
    OnProduct(),
    OfTheProduct(),
    Idempotent(),
    Answers(ProductDto, 200, 'The product as it is now.', ['Idempotency-Replayed']),
    BodyProblems(),
    ProblemDocs('PRODUCT_NOT_FOUND', 'STOCK_INSUFFICIENT', 'STOCK_LIMIT', 'IDEMPOTENCY_IN_PROGRESS'),
    ProblemDocs('PRECONDITION_FAILED', 'IDEMPOTENCY_KEY_REUSED', 'WRITE_UNAVAILABLE', 'OVERLOADED'),
  );

type Body = Buffer | undefined;

const Id = () => Param('id', new EntityIdPipe('product'));
const IfMatch = () => Headers('if-match');
const Reply = () => Res({ passthrough: true });

@ApiTags('products')
@Controller('products')
export class ProductWritesController {
  constructor(private readonly writes: ProductWritesService) {}

  @Post()
  @WriteAccess()
  @CreateDocs()
  async create(
    @Input(newProduct) input: NewProduct,
    @Req() request: FastifyRequest,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    return sendResult(reply, await this.writes.create(input, attemptOf(request, input)));
  }

  @Put(':id')
  @WriteAccess()
  @ReplaceDocs()
  async replace(
    @Id() id: string,
    @Input(productReplacement) change: ProductChange,
    @IfMatch() ifMatch: string | undefined,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    return sendResult(reply, await this.writes.change(id, change, ifMatch));
  }

  @Patch(':id')
  @WriteAccess()
  @PatchDocs()
  async patch(
    @Id() id: string,
    @Input(productPatch, [MERGE_PATCH_MEDIA_TYPE]) change: ProductChange,
    @IfMatch() ifMatch: string | undefined,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    return sendResult(reply, await this.writes.change(id, change, ifMatch));
  }

  @Delete(':id')
  @WriteAccess()
  @RemoveDocs()
  async remove(
    @Id() id: string,
    @IfMatch() ifMatch: string | undefined,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    return sendResult(reply, await this.writes.remove(id, ifMatch));
  }

  @Post(':id/stock')
  @WriteAccess()
  @AddToStockDocs()
  async addToStock(
    @Id() id: string,
    @Input(stockChange) change: StockChange,
    @Req() request: FastifyRequest,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    const { 'if-match': ifMatch } = request.headers;
    const result = await this.writes.addToStock(id, change.delta, ifMatch, attemptOf(request, change));
    return sendResult(reply, result);
  }
}
