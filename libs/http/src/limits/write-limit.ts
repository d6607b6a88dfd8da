import type { FastifyInstance, FastifyRequest } from 'fastify';
import { perMinute } from './per-minute.js';

/**
 * Limits how often each writer writes.
 *
 * @param max a minute; 0 for no limit
 * @param writerOf who writes; undefined for a request that is none of a writer's, which is not counted
 */
export function addWriteLimit(
  fastify: FastifyInstance,
  max: number,
  writerOf: (request: FastifyRequest) => string | undefined,
): void {
  if (max === 0) return;
  const take = perMinute(fastify, max, (request) => writerOf(request) ?? '');
  fastify.addHook('onRequest', (request, reply, done) => {
    if (writerOf(request) === undefined) return done();
    take(request).then((headers) => {
      reply.headers(headers);
      done();
    }, done);
  });
}
