import {
  applyDecorators,
  Controller,
  Delete,
  Get,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WriteAccess } from '#libs/auth';
import { CachedCollection, CachedResource } from '#libs/cache-http';
import { EntityIdPipe, entityIdSchema, MERGE_PATCH_MEDIA_TYPE } from '#libs/http';
import {
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  answerHeaders,
  CACHE_HEADERS,
  CachedDocs,
  ProblemDocs,
} from '#libs/open-api';
import { attemptOf, Idempotent, IfMatch, Input, Reply, sendResult, writeDocs } from '#libs/writes';
import { ListDocs, type Listing, ListingPipe } from './listing.js';
import {
  type NewProduct,
  newProduct,
  type Product,
  type ProductChange,
  ProductDto,
  productPatch,
  productReplacement,
  productResource,
  type StockChange,
  stockChange,
} from './product.js';
import { ProductWritesService } from './product-writes.service.js';
import { type ProductSelection, ProductsService, productCollection } from './products.service.js';

const docs = writeDocs({
  noun: 'product',
  example: 'prod-1',
  type: ProductDto,
  exists: 'PRODUCT_EXISTS',
  missing: 'PRODUCT_NOT_FOUND',
});

const AddToStockDocs = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'addToStock',
      summary: 'Add to the stock of a product, or take from it',
      description: 'Atomic, and never below 0.',
    }),
    docs.OfOne(),
    Idempotent(),
    docs.Changed(['Idempotency-Replayed']),
    ProblemDocs('PRODUCT_NOT_FOUND', 'STOCK_INSUFFICIENT', 'STOCK_LIMIT', 'IDEMPOTENCY_IN_PROGRESS'),
    ProblemDocs('PRECONDITION_FAILED', 'IDEMPOTENCY_KEY_REUSED', 'WRITE_UNAVAILABLE', 'OVERLOADED'),
  );

type Body = Buffer | undefined;

const Id = () => Param('id', new EntityIdPipe('product'));

@ApiTags('products')
@Controller('products')
export class ProductsController {
  constructor(
    private readonly products: ProductsService,
    private readonly writes: ProductWritesService,
  ) {}

  @Get(':id')
  @CachedResource(productResource)
  @ApiOperation({ operationId: 'getProduct', summary: 'One product' })
  @ApiParam({ name: 'id', schema: { ...entityIdSchema, example: 'prod-1' } })
  @ApiOkResponse({
    description: 'The product.',
    type: ProductDto,
    headers: answerHeaders(...CACHE_HEADERS),
  })
  @CachedDocs({ absent: 'PRODUCT_NOT_FOUND' })
  get(@Id() id: string): Promise<Product> {
    return this.products.get(id);
  }

  @Get()
  @CachedCollection(productCollection)
  @ListDocs()
  list(@Query(new ListingPipe()) listing: Listing): ProductSelection {
    return this.products.select(listing);
  }

  @Post()
  @WriteAccess()
  @docs.Create()
  async create(
    @Input(newProduct) input: NewProduct,
    @Req() request: FastifyRequest,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    return sendResult(reply, await this.writes.create(input, attemptOf(request, input)));
  }

  @Put(':id')
  @WriteAccess()
  @docs.Replace('An absent category stays as it is.')
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
  @docs.Patch()
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
  @docs.Remove()
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
