import type { CreateRateLimitOptions } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '#libs/errors';

const MINUTE_MS = 60_000;

/** Whose counts are kept at once; of more, those that were used longest ago begin anew. */
const MAX_COUNTED = 10_000;

/**
 * Counts a request. The headers tell what is left (draft-ietf-httpapi-ratelimit-headers-05).
 *
 * @throws ProblemError `RATE_LIMITED`
 */
export type Take = (request: FastifyRequest) => Promise<Readonly<Record<string, string>>>;

/**
 * A limit of so many requests a minute, counted in this process. Needs @fastify/rate-limit to be registered.
 *
 * @param max at least 1
 * @param keyOf whose request it is; default: the client's address, of IPv6 its /64
 */
export function perMinute(
  fastify: FastifyInstance,
  max: number,
  keyOf?: (request: FastifyRequest) => string,
): Take {
  const options = {
    max,
    timeWindow: MINUTE_MS,
    cache: MAX_COUNTED,
    ...(keyOf && { keyGenerator: keyOf }),
  };
  // `cache` is missing from the library's types for this call, not from the call.
  const count = fastify.createRateLimit(options as CreateRateLimitOptions);
  return async (request) => {
    const counted = await count(request);
    if (counted.isAllowed) return {};
    const headers = {
      'ratelimit-limit': `${max}`,
      'ratelimit-remaining': `${counted.remaining}`,
      'ratelimit-reset': `${counted.ttlInSeconds}`,
    };
    if (!counted.isExceeded) return headers;
    throw new ProblemError('RATE_LIMITED', {
      detail: `At most ${max} of these a minute.`,
      retryAfterSeconds: counted.ttlInSeconds,
      headers,
    });
  };
}
