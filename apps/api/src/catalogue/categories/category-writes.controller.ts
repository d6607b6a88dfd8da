import { Controller, Delete, Param, Patch, Post, Put, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WriteAccess } from '#libs/auth';
import { EntityIdPipe, MERGE_PATCH_MEDIA_TYPE } from '#libs/http';
import { attemptOf, IfMatch, Input, Reply, sendResult, writeDocs } from '#libs/writes';
import {
  type CategoryChange,
  CountedCategoryDto,
  categoryPatch,
  categoryReplacement,
  type NewCategory,
  newCategory,
} from './category.js';
import { CategoryWritesService } from './category-writes.service.js';

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
export class CategoryWritesController {
  constructor(private readonly writes: CategoryWritesService) {}

  @Post()
  @WriteAccess()
  @docs.Create()
  async create(
    @Input(newCategory) input: NewCategory,
    @Req() request: FastifyRequest,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    return sendResult(reply, await this.writes.create(input, attemptOf(request, input)));
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
    return sendResult(reply, await this.writes.change(id, change, ifMatch));
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
    return sendResult(reply, await this.writes.change(id, change, ifMatch));
  }

  @Delete(':id')
  @WriteAccess()
  @docs.Remove('Only one without products can be removed.', 'CATEGORY_NOT_EMPTY')
  async remove(
    @Id() id: string,
    @IfMatch() ifMatch: string | undefined,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    return sendResult(reply, await this.writes.remove(id, ifMatch));
  }
}
