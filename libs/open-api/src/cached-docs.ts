import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import { PROBLEMS, type ProblemCode } from '#libs/errors';
import { type AnswerHeader, answerHeaders, CACHE_HEADERS } from './answer-headers.js';
import { ProblemDocs, problemAnswers } from './problem-docs.js';

export interface CachedDocsOptions {
  readonly absent?: ProblemCode;
  readonly more?: readonly AnswerHeader[];
}

/**
 * What a route that is answered from the cache takes and answers beside its entity.
 *
 * @param absent the problem of an entity that is not there, which is cached as well; default: there always is one
 * @param more what its answers have beside the cache's headers
 */
export function CachedDocs({ absent, more = [] }: CachedDocsOptions = {}): MethodDecorator {
  return applyDecorators(
    ...(absent === undefined ? [] : [absentDocs(absent)]),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'Entity tags, or `*`: 304 where one of them is that of the answer.',
      schema: { type: 'string', example: '"I7iJdYiej1U63I_iM_DH6V"' },
    }),
    ApiHeader({
      name: 'Cache-Control',
      required: false,
      description: '`no-cache` reads the source, past every tier.',
      schema: { type: 'string', example: 'no-cache' },
    }),
    ApiResponse({
      status: 304,
      description: 'The client has these bytes.',
      headers: answerHeaders(...CACHE_HEADERS, ...more),
    }),
    ProblemDocs('RATE_LIMITED', 'ORIGIN_UNAVAILABLE', 'OVERLOADED'),
  );
}

function absentDocs(code: ProblemCode): MethodDecorator {
  const { status } = PROBLEMS[code];
  const answer = problemAnswers([code])[status];
  return ApiResponse({
    status,
    ...answer,
    headers: { ...answer?.headers, ...answerHeaders('Cache-Status') },
  });
}
