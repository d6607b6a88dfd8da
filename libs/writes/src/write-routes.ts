import type { FastifyReply, FastifyRequest } from 'fastify';
import { fingerprintOf, type IdempotentRequest } from '#libs/db';
import { idempotencyKeyOf, writerIdOf } from '#libs/http';
import type { WriteResult } from './written.js';

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
