import type { FastifyReply } from 'fastify';
import type { WriteResult } from './written.js';

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
