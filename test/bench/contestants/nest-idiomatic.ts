import 'reflect-metadata';
import { CacheInterceptor, CacheModule, CacheTTL } from '@nestjs/cache-manager';
import { Controller, Get, Module, NotFoundException, Param, UseInterceptors } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { PRODUCTS, port, productBody } from './products.ts';

/*
 * What one builds from Nest's own documentation: a controller, and Nest's caching interceptor over cache-manager. The
 * decorators are applied by hand, because this runs with its types stripped and nothing compiled.
 */
class ProductsController {
  get(id: string): object {
    const n = Number(id.slice('prod-'.length));
    if (!(n < PRODUCTS)) throw new NotFoundException();
    return JSON.parse(productBody(n)) as object;
  }
}

const route = Object.getOwnPropertyDescriptor(ProductsController.prototype, 'get') as PropertyDescriptor;
Controller('products')(ProductsController);
UseInterceptors(CacheInterceptor)(ProductsController);
Get(':id')(ProductsController.prototype, 'get', route);
CacheTTL(300_000)(ProductsController.prototype, 'get', route);
Param('id')(ProductsController.prototype, 'get', 0);

class AppModule {}
Module({ imports: [CacheModule.register()], controllers: [ProductsController] })(AppModule);

const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
  logger: false,
});
await app.listen(port, '127.0.0.1');
