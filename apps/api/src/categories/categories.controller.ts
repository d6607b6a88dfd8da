import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CachedResource } from '#libs/cache';
import { EntityIdPipe } from '#libs/http';
import { CategoriesService } from './categories.service.js';
import { CategoryListDto, CountedCategoryDto } from './category.dto.js';
import type { CategoryList, CountedCategory } from './category.js';
import { categoryListResource, categoryResource } from './category-resources.js';

@ApiTags('categories')
@Controller('categories')
export class CategoriesController {
  constructor(private readonly categories: CategoriesService) {}

  @Get()
  @CachedResource(categoryListResource)
  @ApiOperation({ summary: 'All categories' })
  @ApiOkResponse({ type: CategoryListDto })
  list(): Promise<CategoryList> {
    return this.categories.list();
  }

  @Get(':id')
  @CachedResource(categoryResource)
  @ApiOperation({ summary: 'One category, with the number of its products' })
  @ApiParam({ name: 'id', example: 'kitchen' })
  @ApiOkResponse({ type: CountedCategoryDto })
  get(@Param('id', new EntityIdPipe('category')) id: string): Promise<CountedCategory> {
    return this.categories.get(id);
  }
}
