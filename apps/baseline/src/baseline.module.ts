import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { ProductCache } from './product-cache.js';
import { ProductsController } from './products.controller.js';
import { ProductsRepository } from './products.repository.js';
import { ProductsService } from './products.service.js';

@Module({
  controllers: [ProductsController, HealthController],
  providers: [ProductsService, ProductsRepository, ProductCache],
})
export class BaselineModule {}
