import { Module } from '@nestjs/common';
import { DbModule } from '#libs/db';
import { ProductsController } from './products.controller.js';
import { ProductsRepository } from './products.repository.js';
import { ProductsService } from './products.service.js';
import { Precondition } from './writing/precondition.js';
import { ProductWritesController } from './writing/product-writes.controller.js';
import { ProductWritesRepository } from './writing/product-writes.repository.js';
import { ProductWritesService } from './writing/product-writes.service.js';

@Module({
  imports: [DbModule],
  controllers: [ProductsController, ProductWritesController],
  providers: [
    ProductsService,
    ProductsRepository,
    ProductWritesService,
    ProductWritesRepository,
    Precondition,
  ],
})
export class ProductsModule {}
