import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import { PROBLEMS, type ProblemCode } from '#libs/errors';
import { type AnswerHeader, answerHeaders, CACHE_HEADERS } from './headers.js';
import { ProblemDocs, problemAnswers } from './problem-docs.js';

export interface CachedDocsOptions {
  readonly absent?: ProblemCode;
  readonly more?: readonly AnswerHeader[];
}

/**
 * Documents a route that the cache serves: conditional and `no-cache` requests, 304, cache headers, shedding.
 *
 * @param absent the problem of an absent entity, which is cached too; default: the entity always exists
 * @param more headers of its responses in addition to those of the cache
 */
export function CachedDocs({ absent, more = [] }: CachedDocsOptions = {}): MethodDecorator {
  return applyDecorators(
    ...(absent === undefined ? [] : [absentDocs(absent)]),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'Entity tags, or `*`. 304 if one of them matches.',
      schema: { type: 'string', example: '"I7iJdYiej1U63I_iM_DH6V"' },
    }),
    ApiHeader({
      name: 'Cache-Control',
      required: false,
      description: '`no-cache` bypasses every tier and reads the origin.',
      schema: { type: 'string', example: 'no-cache' },
    }),
    ApiResponse({
      status: 304,
      description: 'Not modified.',
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
