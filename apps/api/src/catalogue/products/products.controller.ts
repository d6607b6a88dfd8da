import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CachedCollection, CachedResource } from '#libs/cache-http';
import { EntityIdPipe, entityIdSchema } from '#libs/http';
import { answerHeaders, CACHE_HEADERS, CachedDocs } from '#libs/open-api';
import { type Listing, ListingPipe } from './listing.js';
import { type Product, ProductDto, productResource } from './product.js';
import { ListDocs } from './product-list.docs.js';
import { type ProductSelection, ProductsService, productCollection } from './products.service.js';

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

  @Get()
  @CachedCollection(productCollection)
  @ListDocs()
  list(@Query(new ListingPipe()) listing: Listing): ProductSelection {
    return this.products.select(listing);
  }
}
