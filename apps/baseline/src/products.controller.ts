import { Controller, Get, Param, Res } from '@nestjs/common';
import type { Product } from './product.js';
import { ProductsService } from './products.service.js';

interface Reply {
  header(name: string, value: string): void;
}

@Controller('products')
export class ProductsController {
  constructor(private readonly products: ProductsService) {}

  @Get(':id')
  async get(@Param('id') id: string, @Res({ passthrough: true }) reply: Reply): Promise<Product> {
    const { product, cached } = await this.products.get(id);
    reply.header('x-cache', cached ? 'hit' : 'miss');
    return product;
  }
}
