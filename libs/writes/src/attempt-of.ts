import type { FastifyRequest } from 'fastify';
import { fingerprintOf, type IdempotentRequest } from '#libs/db';
import { idempotencyKeyOf, writerIdOf } from '#libs/http';

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
