import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { Change } from '#libs/db';

const RESOURCES = ['product', 'category'] as const;
const CHANGES = ['written', 'removed', 'all'] as const;

/** Stands in keys for everything of a kind. No id is this. */
const ALL = '*';

/** A change as a client sees it. */
@ApiSchema({ name: 'Change', description: 'A committed change. Read the resource itself for its new state.' })
export class ChangeDto {
  @ApiProperty({ enum: RESOURCES, enumName: 'ChangedResource', example: 'product' })
  readonly resource!: (typeof RESOURCES)[number];

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: 'prod-1',
    description: 'null if every one has changed.',
  })
  readonly id!: string | null;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    example: 4711,
    description: 'A later change of the same product has a greater version.',
  })
  readonly version!: number;

  @ApiProperty({
    enum: CHANGES,
    enumName: 'ChangeKind',
    example: 'written',
    description: '`written`: created or changed. `removed`: deleted. `all`: the whole table was emptied.',
  })
  readonly change!: (typeof CHANGES)[number];
}

@ApiSchema({ name: 'ChangePage', description: 'Committed changes, oldest first.' })
export class ChangePageDto {
  @ApiProperty({ type: [ChangeDto] })
  readonly items!: readonly ChangeDto[];

  @ApiProperty({
    type: 'string',
    pattern: '^[A-Za-z0-9_-]+$',
    example: 'aDRzaGVsZg',
    description: 'Send it as `since` to read on. It is there even if there are no changes.',
  })
  readonly cursor!: string;

  @ApiProperty({ type: 'boolean', description: 'Whether more changes were already there.' })
  readonly has_more!: boolean;
}

/** @returns null for what is no change of a resource, such as that of a list */
export function toChangeDto({ key, version, kind }: Change): ChangeDto | null {
  const resource = RESOURCES.find((name) => key.startsWith(`${name}:`));
  if (resource === undefined) return null;
  const id = key.slice(resource.length + 1);
  if (kind === 'all') return { resource, id: null, version, change: 'all' };
  if (id === ALL) return null;
  return { resource, id, version, change: kind === 'removed' ? 'removed' : 'written' };
}
