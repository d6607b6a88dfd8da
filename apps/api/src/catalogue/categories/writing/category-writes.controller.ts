import '../../../problems.js';
import {
  applyDecorators,
  Controller,
  Delete,
  Headers,
  Param,
  Patch,
  Post,
  Put,
  Req,
  Res,
} from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WriteAccess } from '#libs/auth';
import { EntityIdPipe, MERGE_PATCH_MEDIA_TYPE } from '#libs/http';
import { answerHeaders, ProblemDocs } from '#libs/open-api';
import {
  Answers,
  attemptOf,
  BodyProblems,
  Conditional,
  Idempotent,
  Input,
  OnEntity,
  sendResult,
} from '#libs/writes';
import {
  type CategoryChange,
  CountedCategoryDto,
  categoryPatch,
  categoryReplacement,
  type NewCategory,
  newCategory,
} from '../category.js';
import { CategoryWritesService } from './category-writes.service.js';

const OnCategory = () => applyDecorators(OnEntity('kitchen'), Conditional('category'));

const CreateDocs = () =>
  applyDecorators(
    ApiOperation({ operationId: 'createCategory', summary: 'Make a category' }),
    Idempotent(),
    Answers(CountedCategoryDto, 201, 'The category that was made.', ['Location', 'Idempotency-Replayed']),
    BodyProblems(),
    ProblemDocs(
      'CATEGORY_EXISTS',
      'IDEMPOTENCY_IN_PROGRESS',
      'IDEMPOTENCY_KEY_REUSED',
      'WRITE_UNAVAILABLE',
      'OVERLOADED',
    ),
  );

const OF_CHANGES = [
  'CATEGORY_NOT_FOUND',
  'PRECONDITION_FAILED',
  'PRECONDITION_REQUIRED',
  'WRITE_UNAVAILABLE',
  'OVERLOADED',
] as const;

const ChangeDocs = () =>
  applyDecorators(
    OnCategory(),
    Answers(CountedCategoryDto, 200, 'The category as it is now.'),
    BodyProblems(),
    ProblemDocs(...OF_CHANGES),
  );

const ReplaceDocs = () =>
  applyDecorators(
    ApiOperation({ operationId: 'replaceCategory', summary: 'Replace a category' }),
    ChangeDocs(),
  );

const PatchDocs = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'patchCategory',
      summary: 'Change parts of a category',
      description: 'A JSON merge patch (RFC 7396); `{}` changes nothing.',
    }),
    ChangeDocs(),
  );

const RemoveDocs = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'deleteCategory',
      summary: 'Remove a category',
      description: 'Only one without products can be removed.',
    }),
    OnCategory(),
    ApiResponse({ status: 204, description: 'It is gone.', headers: answerHeaders('Cache-Control') }),
    BodyProblems(),
    ProblemDocs(...OF_CHANGES, 'CATEGORY_NOT_EMPTY'),
  );

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
    @Input(newCategory) input: NewCategory,
    @Req() request: FastifyRequest,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    return sendResult(reply, await this.writes.create(input, attemptOf(request, input)));
  }

  @Put(':id')
  @WriteAccess()
  @ReplaceDocs()
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
  @PatchDocs()
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
  @RemoveDocs()
  async remove(
    @Id() id: string,
    @IfMatch() ifMatch: string | undefined,
    @Reply() reply: FastifyReply,
  ): Promise<Body> {
    return sendResult(reply, await this.writes.remove(id, ifMatch));
  }
}
