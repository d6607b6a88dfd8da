import { Module } from '@nestjs/common';
import { DbModule } from '#libs/db';
import { WritesModule } from '#libs/writes';
import { ProductPages } from './listing/product-pages.js';
import { ProductsController } from './products.controller.js';
import { ProductsService } from './products.service.js';
import { ProductWritesController } from './writing/product-writes.controller.js';
import { ProductWritesRepository } from './writing/product-writes.repository.js';
import { ProductWritesService } from './writing/product-writes.service.js';

@Module({
  imports: [DbModule, WritesModule],
  controllers: [ProductsController, ProductWritesController],
  providers: [ProductsService, ProductPages, ProductWritesService, ProductWritesRepository],
})
export class ProductsModule {}
