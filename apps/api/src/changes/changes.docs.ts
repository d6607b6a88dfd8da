import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { answerHeaders, ProblemDocs } from '#libs/open-api';
import { ChangeDto, ChangePageDto } from './change.dto.js';
import { DEFAULT_LIMIT, MAX_LIMIT } from './changes-query.js';

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
    ApiQuery({
      name: 'since',
      required: false,
      description: 'A cursor, or `now`. Default: everything that is stored.',
      schema: { type: 'string', pattern: '^[A-Za-z0-9_-]+$' },
    }),
    ApiQuery({
      name: 'limit',
      required: false,
      description: 'The most changes of a page.',
      schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
    }),
    ApiHeader({
      name: 'Last-Event-ID',
      required: false,
      description: 'The cursor to read on from; takes precedence over `since`.',
      schema: { type: 'string', pattern: '^[A-Za-z0-9_-]+$' },
    }),
    ApiResponse({
      status: 200,
      description: 'A page, or the stream.',
      headers: answerHeaders('Cache-Control'),
      content: {
        'application/json': { schema: { $ref: getSchemaPath(ChangePageDto) } },
        'text/event-stream': { schema: { type: 'string' } },
      },
    }),
    ProblemDocs('CHANGES_EXPIRED', 'ORIGIN_UNAVAILABLE', 'OVERLOADED'),
  );
