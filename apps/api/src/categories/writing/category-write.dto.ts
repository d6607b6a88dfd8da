import { ApiProperty, ApiPropertyOptional, ApiSchema, OmitType, PartialType } from '@nestjs/swagger';
import { entityIdSchema } from '#libs/http';
import { MAX_NAME_CHARACTERS, namePattern } from '#libs/writes';

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
