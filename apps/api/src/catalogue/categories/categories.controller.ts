import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CachedResource } from '#libs/cache-http';
import { EntityIdPipe, entityIdSchema } from '#libs/http';
import { answerHeaders, CACHE_HEADERS, CachedDocs, ProblemDocs } from '#libs/open-api';
import { CategoriesService } from './categories.service.js';
import {
  type CategoryList,
  CategoryListDto,
  type CountedCategory,
  CountedCategoryDto,
  categoryListResource,
  categoryResource,
} from './category.js';

@ApiTags('categories')
@Controller('categories')
export class CategoriesController {
  constructor(private readonly categories: CategoriesService) {}

  @Get()
  @CachedResource(categoryListResource)
  @ApiOperation({ operationId: 'listCategories', summary: 'All categories' })
  @ApiOkResponse({
    description: 'The categories, in the order of their ids.',
    type: CategoryListDto,
    headers: answerHeaders(...CACHE_HEADERS, 'Content-Encoding'),
  })
  @CachedDocs()
  @ProblemDocs('NOT_ACCEPTABLE')
  list(): Promise<CategoryList> {
    return this.categories.list();
  }

  @Get(':id')
  @CachedResource(categoryResource)
  @ApiOperation({ operationId: 'getCategory', summary: 'One category, with the number of its products' })
  @ApiParam({ name: 'id', schema: { ...entityIdSchema, example: 'kitchen' } })
  @ApiOkResponse({
    description: 'The category.',
    type: CountedCategoryDto,
    headers: answerHeaders(...CACHE_HEADERS),
  })
  @CachedDocs({ absent: 'CATEGORY_NOT_FOUND' })
  get(@Param('id', new EntityIdPipe('category')) id: string): Promise<CountedCategory> {
    return this.categories.get(id);
  }
}
