import type { FastifyInstance } from 'fastify';
import type { SecurityHeaders } from './security-headers.js';

const PAGES = /^\/docs(?:\/|$)/;

/** Puts the security headers on every answer that comes by Fastify's hooks. */
export function addSecurityHook(fastify: FastifyInstance, { api, pages }: SecurityHeaders): void {
  const ofApi = Object.fromEntries(api);
  const ofPages = Object.fromEntries(pages);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers(PAGES.test(request.routeOptions.url ?? '') ? ofPages : ofApi);
    done();
  });
}
