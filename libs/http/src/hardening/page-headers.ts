import type { FastifyInstance } from 'fastify';
import type { SecurityHeaders } from './security-headers.js';

const PAGES = /^\/docs(?:\/|$)/;

/** Gives the API's own pages their headers, in the place of those that every answer has. */
export function addPageHeaders(fastify: FastifyInstance, { pages }: SecurityHeaders): void {
  const ofPages = Object.fromEntries(pages);
  fastify.addHook('onRequest', (request, reply, done) => {
    if (PAGES.test(request.routeOptions.url ?? '')) reply.headers(ofPages);
    done();
  });
}
