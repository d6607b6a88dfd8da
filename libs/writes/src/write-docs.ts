import type { Type } from '@nestjs/common';
import { ApiHeader, ApiParam, ApiResponse } from '@nestjs/swagger';
import { entityIdSchema, idempotencyKeySchema } from '#libs/http';
import { type AnswerHeader, answerHeaders, ProblemDocs } from '#libs/open-api';

/** @param example an id that there may be */
export const OnEntity = (example: string) => ApiParam({ name: 'id', schema: { ...entityIdSchema, example } });

// Of a route that takes no body, too: one that is sent is read before any code asks for it.
export const BodyProblems = () => ProblemDocs('REQUEST_INVALID', 'BODY_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED');

/** @param noun the entity of the tags: `article` */
export const Conditional = (noun: string) =>
  ApiHeader({
    name: 'If-Match',
    required: false,
    description: `Only if the ${noun} has one of these tags, or \`*\`.`,
    schema: { type: 'string', example: '"I7iJdYiej1U63I_iM_DH6V"' },
  });

export const Idempotent = () =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Chosen by the client; the same request under the same key is made once, for 24 hours.',
    schema: { ...idempotencyKeySchema, example: 'order-4711' },
  });

/** The answer of a write that made or changed something. */
export const Answers = (
  type: Type,
  status: 200 | 201,
  description: string,
  more: readonly AnswerHeader[] = [],
) => ApiResponse({ status, description, type, headers: answerHeaders('ETag', 'Cache-Control', ...more) });
