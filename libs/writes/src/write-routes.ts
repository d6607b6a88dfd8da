import type { Type } from '@nestjs/common';
import { ApiHeader, ApiParam, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { fingerprintOf, type IdempotentRequest } from '#libs/db';
import { entityIdSchema, idempotencyKeyOf, idempotencyKeySchema, writerIdOf } from '#libs/http';
import { type AnswerHeader, answerHeaders, ProblemDocs } from '#libs/open-api';
import type { WriteResult } from './entity-writes.js';

/**
 * The request as a repeatable attempt; null if it has no `Idempotency-Key`.
 *
 * @param input its body after validation
 * @throws ProblemError `REQUEST_INVALID` for a key that is none
 */
export function attemptOf(
  request: FastifyRequest,
  input: Parameters<typeof fingerprintOf>[2],
): IdempotentRequest | null {
  const key = idempotencyKeyOf(request);
  if (key === null) return null;
  const [path = ''] = request.url.split('?', 1);
  return { owner: writerIdOf(request), key, fingerprint: fingerprintOf(request.method, path, input) };
}

/** Answers a write. The answer is true now and for this writer alone, so no cache may store it. */
export function sendResult<T>(reply: FastifyReply, result: WriteResult<T>): Buffer | undefined {
  reply.header('cache-control', 'no-store');
  if (result.kind === 'removed') {
    reply.code(204);
    return undefined;
  }
  const { status, etag, location, body } = result.answer;
  reply.code(status).headers({ etag, 'content-type': 'application/json; charset=utf-8' });
  if (location !== null) reply.header('location', location);
  if (result.kind === 'replayed') reply.header('idempotency-replayed', 'true');
  return Buffer.from(body);
}

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
