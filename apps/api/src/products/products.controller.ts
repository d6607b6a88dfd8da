import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CachedResource } from '#libs/cache';
import { EntityIdPipe } from '#libs/http';
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
  @ApiOperation({ summary: 'One product' })
  @ApiParam({ name: 'id', example: 'prod-1' })
  @ApiOkResponse({ type: ProductDto })
  get(@Param('id', new EntityIdPipe('product')) id: string): Promise<Product> {
    return this.products.get(id);
  }
}
