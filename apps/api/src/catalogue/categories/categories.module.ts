import { Module } from '@nestjs/common';
import { DbModule } from '#libs/db';
import { WritesModule } from '#libs/writes';
import { CategoriesController } from './categories.controller.js';
import { CategoriesService } from './categories.service.js';
import { CategoryWritesController } from './writing/category-writes.controller.js';
import { CategoryWritesRepository } from './writing/category-writes.repository.js';
import { CategoryWritesService } from './writing/category-writes.service.js';

@Module({
  imports: [DbModule, WritesModule],
  controllers: [CategoriesController, CategoryWritesController],
  providers: [CategoriesService, CategoryWritesService, CategoryWritesRepository],
})
export class CategoriesModule {}
