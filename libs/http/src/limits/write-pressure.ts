import type { FastifyInstance } from 'fastify';
import type { Pressure } from './pressure.js';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Refuses writes under pressure, before their bodies are read. */
export function shedWrites(fastify: FastifyInstance, pressure: Pressure): void {
  fastify.addHook('onRequest', async (request) => {
    // guard(writes-are-shed): drop
    if (!READS.has(request.method)) pressure.admit();
  });
}
