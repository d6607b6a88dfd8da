import { Module } from '@nestjs/common';
import { DbModule } from '#libs/db';
import { WritesModule } from '#libs/writes';
import { CategoriesController } from './categories/categories.controller.js';
import { CategoriesService } from './categories/categories.service.js';
import { ProductWritesService } from './products/product-writes.service.js';
import { ProductsController } from './products/products.controller.js';
import { ProductsService } from './products/products.service.js';

@Module({
  imports: [DbModule, WritesModule],
  controllers: [ProductsController, CategoriesController],
  providers: [ProductsService, ProductWritesService, CategoriesService],
})
export class CatalogueModule {}
