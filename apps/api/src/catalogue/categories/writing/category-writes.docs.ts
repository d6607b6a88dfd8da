import '../../../problems.js';
import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  ApiSchema,
  OmitType,
  PartialType,
} from '@nestjs/swagger';
import { entityIdSchema, JSON_MEDIA_TYPE, MERGE_PATCH_MEDIA_TYPE } from '#libs/http';
import { answerHeaders, ProblemDocs } from '#libs/open-api';
import {
  Answers,
  BodyProblems,
  Conditional,
  Idempotent,
  MAX_NAME_CHARACTERS,
  namePattern,
  OnEntity,
} from '#libs/writes';
import { CountedCategoryDto } from '../category-resources.js';

/** A category as a writer gives it. */
@ApiSchema({ name: 'CategoryReplacement', description: 'All of a category that can be set.' })
export class CategoryReplacementDto {
  @ApiProperty({
    example: 'Kitchen',
    minLength: 1,
    maxLength: MAX_NAME_CHARACTERS,
    pattern: namePattern,
    description: 'Kept trimmed.',
  })
  readonly name!: string;

  @ApiPropertyOptional({
    ...entityIdSchema,
    example: 'kitchen',
    description: 'The id in the address, if it is given.',
  })
  readonly id?: string;
}

@ApiSchema({ name: 'NewCategory', description: 'A category to be made.' })
export class NewCategoryDto extends OmitType(CategoryReplacementDto, ['id']) {
  @ApiPropertyOptional({
    ...entityIdSchema,
    example: 'kitchen',
    description: 'Made by the service if it is absent.',
  })
  readonly id?: string;
}

@ApiSchema({
  name: 'CategoryPatch',
  description: 'A JSON merge patch (RFC 7396): absent members stay unchanged.',
})
export class CategoryPatchDto extends PartialType(CategoryReplacementDto) {}

const OnCategory = () => applyDecorators(OnEntity('kitchen'), Conditional('category'));

export const CreateDocs = () =>
  applyDecorators(
    ApiOperation({ operationId: 'createCategory', summary: 'Make a category' }),
    Idempotent(),
    ApiBody({ type: NewCategoryDto }),
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

export const ReplaceDocs = () =>
  applyDecorators(
    ApiOperation({ operationId: 'replaceCategory', summary: 'Replace a category' }),
    ApiBody({ type: CategoryReplacementDto }),
    ChangeDocs(),
  );

export const PatchDocs = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'patchCategory',
      summary: 'Change parts of a category',
      description: 'A JSON merge patch (RFC 7396); `{}` changes nothing.',
    }),
    ApiConsumes(MERGE_PATCH_MEDIA_TYPE, JSON_MEDIA_TYPE),
    ApiBody({ type: CategoryPatchDto }),
    ChangeDocs(),
  );

export const RemoveDocs = () =>
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
