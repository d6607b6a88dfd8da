import { Controller, Delete, Headers, Param, Patch, Post, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WriteAccess } from '#libs/auth';
import { EntityIdPipe, JsonBody, MERGE_PATCH_MEDIA_TYPE } from '#libs/http';
import { attemptOf, sendResult } from '#libs/writes';
import { newCategoryOf, patchOf, replacementOf } from './category-inputs.js';
import { CreateDocs, PatchDocs, RemoveDocs, ReplaceDocs } from './category-writes.docs.js';
import { CategoryWritesService } from './category-writes.service.js';

type Body = Buffer | undefined;

const Id = () => Param('id', new EntityIdPipe('category'));
const IfMatch = () => Headers('if-match');
const Reply = () => Res({ passthrough: true });

@ApiTags('categories')
@Controller('categories')
export class CategoryWritesController {
  constructor(private readonly writes: CategoryWritesService) {}

  @Post()
  @WriteAccess()
  @CreateDocs()
  async create(
    @JsonBody() body: unknown,
    @Req() request: FastifyRequest,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    const input = newCategoryOf(body);
    return sendResult(reply, await this.writes.create(input, attemptOf(request, { ...input })));
  }

  @Put(':id')
  @WriteAccess()
  @ReplaceDocs()
  async replace(
    @Id() id: string,
    @JsonBody() body: unknown,
    @IfMatch() ifMatch: string | undefined,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    return sendResult(reply, await this.writes.change(id, replacementOf(id, body), ifMatch));
  }

  @Patch(':id')
  @WriteAccess()
  @PatchDocs()
  async patch(
    @Id() id: string,
    @JsonBody([MERGE_PATCH_MEDIA_TYPE]) body: unknown,
    @IfMatch() ifMatch: string | undefined,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    return sendResult(reply, await this.writes.change(id, patchOf(id, body), ifMatch));
  }

  @Delete(':id')
  @WriteAccess()
  @RemoveDocs()
  async remove(
    @Id() id: string,
    @IfMatch() ifMatch: string | undefined,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    return sendResult(reply, await this.writes.remove(id, ifMatch));
  }
}
