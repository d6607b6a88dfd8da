import { Module } from '@nestjs/common';
import { DbModule } from '#libs/db';
import { WritesModule } from '#libs/writes';
import { ProductListingController } from './listing/product-listing.controller.js';
import { ProductListingService } from './listing/product-listing.service.js';
import { ProductPagesRepository } from './listing/product-pages.repository.js';
import { ProductsController } from './products.controller.js';
import { ProductsRepository } from './products.repository.js';
import { ProductsService } from './products.service.js';
import { ProductWritesController } from './writing/product-writes.controller.js';
import { ProductWritesRepository } from './writing/product-writes.repository.js';
import { ProductWritesService } from './writing/product-writes.service.js';

@Module({
  imports: [DbModule, WritesModule],
  controllers: [ProductsController, ProductListingController, ProductWritesController],
  providers: [
    ProductsService,
    ProductsRepository,
    ProductListingService,
    ProductPagesRepository,
    ProductWritesService,
    ProductWritesRepository,
  ],
})
export class ProductsModule {}
