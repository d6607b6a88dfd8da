import type { FastifyInstance } from 'fastify';
import type { SecurityHeaders } from './security-headers.js';

const PAGES = /^\/docs(?:\/|$)/;

/** Gives the API's own pages their headers instead of those of all other answers. */
export function addPageHeaders(fastify: FastifyInstance, { pages }: SecurityHeaders): void {
  const ofPages = Object.fromEntries(pages);
  fastify.addHook('onRequest', (request, reply, done) => {
    if (PAGES.test(request.routeOptions.url ?? '')) reply.headers(ofPages);
    done();
  });
}
