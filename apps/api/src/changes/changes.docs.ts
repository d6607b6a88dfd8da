import { applyDecorators } from '@nestjs/common';
import { z } from 'zod';
import type { Change } from '#libs/db';
import { limitParameter } from '#libs/http';
import {
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiProperty,
  ApiResponse,
  ApiSchema,
  answerHeaders,
  ProblemDocs,
  QueryDocs,
} from '#libs/open-api';

const CURSOR = { type: 'string', pattern: '^[A-Za-z0-9_-]+$' } as const;

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** What `GET /changes` can be asked for. */
export const changesQuery = z.strictObject({
  since: z
    .string()
    .optional()
    .meta({ ...CURSOR, description: 'A cursor, or `now`. Default: everything that is stored.' }),
  limit: limitParameter(MAX_LIMIT, DEFAULT_LIMIT, 'The most changes of a page.'),
});

const RESOURCES = ['product', 'category'] as const;
const CHANGES = ['written', 'removed', 'all'] as const;

/** Stands in keys for everything of a kind. No id is this. */
const ALL = '*';

/** A change as a client sees it. */
@ApiSchema({ name: 'Change', description: 'A committed change. Read the resource itself for its new state.' })
class ChangeDto {
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
    ...CURSOR,
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

/** The OpenAPI description of `GET /changes`. */
export const ChangesDocs = () =>
  applyDecorators(
    ApiExtraModels(ChangeDto, ChangePageDto),
    ApiOperation({
      operationId: 'listChanges',
      summary: 'Committed changes, as pages or as a stream',
      description:
        'For search indexes, caches and CDN purges. Every committed change is delivered at least once, those of a resource ' +
        'in the order of their commits, whatever program made them. Changes are stored for 15 minutes. With `Accept: ' +
        'text/event-stream` they are sent as server-sent events, each with its cursor as `id`; a client that connects ' +
        'again sends the last one as `Last-Event-ID`, as EventSource does.',
    }),
    QueryDocs(changesQuery.shape),
    ApiHeader({
      name: 'Last-Event-ID',
      required: false,
      description: 'The cursor to read on from; takes precedence over `since`.',
      schema: CURSOR,
    }),
    ApiResponse({
      status: 200,
      description: 'A page, or the stream.',
      headers: answerHeaders('Cache-Control'),
      content: {
        'application/json': { schema: { $ref: '#/components/schemas/ChangePage' } },
        'text/event-stream': { schema: { type: 'string' } },
      },
    }),
    ProblemDocs('CHANGES_EXPIRED', 'ORIGIN_UNAVAILABLE', 'OVERLOADED'),
  );
