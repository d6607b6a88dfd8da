import { Controller, Delete, Headers, Param, Patch, Post, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WriteAccess } from '#libs/auth';
import { EntityIdPipe, JsonBody, MERGE_PATCH_MEDIA_TYPE } from '#libs/http';
import { attemptOf, sendResult } from '#libs/writes';
import { deltaOf, newProductOf, patchOf, replacementOf } from './product-inputs.js';
import { AddToStockDocs, CreateDocs, PatchDocs, RemoveDocs, ReplaceDocs } from './product-writes.docs.js';
import { ProductWritesService } from './product-writes.service.js';

type Body = Buffer | undefined;

const Id = () => Param('id', new EntityIdPipe('product'));
const IfMatch = () => Headers('if-match');
const Reply = () => Res({ passthrough: true });

@ApiTags('products')
@Controller('products')
export class ProductWritesController {
  constructor(private readonly writes: ProductWritesService) {}

  @Post()
  @WriteAccess()
  @CreateDocs()
  async create(
    @JsonBody() body: unknown,
    @Req() request: FastifyRequest,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    const input = newProductOf(body);
    return sendResult(reply, await this.writes.create(input, attemptOf(request, input)));
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

  @Post(':id/stock')
  @WriteAccess()
  @AddToStockDocs()
  async addToStock(
    @Id() id: string,
    @JsonBody() body: unknown,
    @Req() request: FastifyRequest,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    const delta = deltaOf(body);
    const { 'if-match': ifMatch } = request.headers;
    const result = await this.writes.addToStock(id, delta, ifMatch, attemptOf(request, { delta }));
    return sendResult(reply, result);
  }
}
