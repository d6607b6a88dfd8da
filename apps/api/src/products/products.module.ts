import { Module } from '@nestjs/common';
import { DbModule } from '#libs/db';
import { ProductListingController } from './listing/product-listing.controller.js';
import { ProductListingService } from './listing/product-listing.service.js';
import { ProductPagesRepository } from './listing/product-pages.repository.js';
import { ProductsController } from './products.controller.js';
import { ProductsRepository } from './products.repository.js';
import { ProductsService } from './products.service.js';

@Module({
  imports: [DbModule],
  controllers: [ProductsController, ProductListingController],
  providers: [ProductsService, ProductsRepository, ProductListingService, ProductPagesRepository],
})
export class ProductsModule {}
