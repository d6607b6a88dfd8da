import '../problems.js';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CachedResource } from '#libs/cache-http';
import { EntityIdPipe, entityIdSchema } from '#libs/http';
import { answerHeaders, CACHE_HEADERS, CachedDocs } from '#libs/open-api';
import { ProductDto } from './product.dto.js';
import type { Product } from './product.js';
import { productResource } from './product-resource.js';
import { ProductsService } from './products.service.js';

@ApiTags('products')
@Controller('products')
export class ProductsController {
  constructor(private readonly products: ProductsService) {}

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
  get(@Param('id', new EntityIdPipe('product')) id: string): Promise<Product> {
    return this.products.get(id);
  }
}
