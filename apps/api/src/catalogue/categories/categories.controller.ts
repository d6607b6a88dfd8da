import { Controller, Delete, Get, Param, Patch, Post, Put, Req } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WriteAccess } from '#libs/auth';
import { CachedResource } from '#libs/cache-http';
import { EntityIdPipe, entityIdSchema, MERGE_PATCH_MEDIA_TYPE } from '#libs/http';
import {
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  answerHeaders,
  CACHE_HEADERS,
  CachedDocs,
  ProblemDocs,
} from '#libs/open-api';
import { attemptOf, IfMatch, Input, Reply, sendResult, writeDocs } from '#libs/writes';
import { CategoriesService } from './categories.service.js';
import {
  type CategoryChange,
  type CategoryList,
  CategoryListDto,
  type CountedCategory,
  CountedCategoryDto,
  categoryListResource,
  categoryPatch,
  categoryReplacement,
  categoryResource,
  type NewCategory,
  newCategory,
} from './category.js';

const docs = writeDocs({
  noun: 'category',
  example: 'kitchen',
  type: CountedCategoryDto,
  exists: 'CATEGORY_EXISTS',
  missing: 'CATEGORY_NOT_FOUND',
});

type Body = Buffer | undefined;

const Id = () => Param('id', new EntityIdPipe('category'));

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
  get(@Id() id: string): Promise<CountedCategory> {
    return this.categories.get(id);
  }

  @Post()
  @WriteAccess()
  @docs.Create()
  async create(
    @Input(newCategory) input: NewCategory,
    @Req() request: FastifyRequest,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    return sendResult(reply, await this.categories.create(input, attemptOf(request, input)));
  }

  @Put(':id')
  @WriteAccess()
  @docs.Replace()
  async replace(
    @Id() id: string,
    @Input(categoryReplacement) change: CategoryChange,
    @IfMatch() ifMatch: string | undefined,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    return sendResult(reply, await this.categories.change(id, change, ifMatch));
  }

  @Patch(':id')
  @WriteAccess()
  @docs.Patch()
  async patch(
    @Id() id: string,
    @Input(categoryPatch, [MERGE_PATCH_MEDIA_TYPE]) change: CategoryChange,
    @IfMatch() ifMatch: string | undefined,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    return sendResult(reply, await this.categories.change(id, change, ifMatch));
  }

  @Delete(':id')
  @WriteAccess()
  @docs.Remove('Only one without products can be removed.', 'CATEGORY_NOT_EMPTY')
  async remove(
    @Id() id: string,
    @IfMatch() ifMatch: string | undefined,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    return sendResult(reply, await this.categories.remove(id, ifMatch));
  }
}
