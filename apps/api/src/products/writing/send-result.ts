import type { FastifyReply } from 'fastify';
import type { WriteResult } from './write-result.js';

/** Answers a write. What it says is true now and of this writer alone, so nobody may keep it. */
export function sendResult(reply: FastifyReply, result: WriteResult): Buffer | undefined {
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
