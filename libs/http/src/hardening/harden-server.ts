import type { FastifyInstance } from 'fastify';
import type { EdgeConfig } from '#libs/config';
import { answerHalfClosed } from '../connections/connection-drain.js';
import type { CrossOrigin } from './cross-origin.js';
import { addPreflights } from './cross-origin.js';
import { addAllowedMethods, type IsServed, refuseOddRequests } from './refuse-odd-requests.js';
import type { SecurityHeaders } from './security-headers.js';

/**
 * The checks before any route. To be called before the first route is added.
 *
 * @param isServed whether the port at which a request arrived has the route of a template
 */
export function hardenServer(
  fastify: FastifyInstance,
  edge: EdgeConfig,
  security: SecurityHeaders,
  crossOrigin: CrossOrigin,
  isServed: IsServed,
): void {
  if (edge.maxConnections > 0) fastify.server.maxConnections = edge.maxConnections;
  answerHalfClosed(fastify.server);
  addPageHeaders(fastify, security);
  refuseOddRequests(fastify);
  addPreflights(fastify, crossOrigin);
  addAllowedMethods(fastify, isServed);
}

const PAGES = /^\/docs(?:\/|$)/;

/** Gives the API's own pages their headers instead of those of all other answers. */
function addPageHeaders(fastify: FastifyInstance, { pages }: SecurityHeaders): void {
  const ofPages = Object.fromEntries(pages);
  fastify.addHook('onRequest', (request, reply, done) => {
    if (PAGES.test(request.routeOptions.url ?? '')) reply.headers(ofPages);
    done();
  });
}
