import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import type { EdgeConfig } from '#libs/config';
import { answerHalfClosed } from '#libs/internals';
import { MAX_BODY_BYTES } from './connection-ends.js';
import { addAllowedMethods, type IsServed, parseQuery, refuseOddRequests } from './odd-requests.js';
import { FastifyPlatform, type HttpRequest } from './platform.js';
import { clientErrorHandler, sendProblem, toProblem } from './problems.js';
import { requestIdOf } from './request-log.js';
import { addPreflights, type CrossOrigin, type SecurityHeaders } from './security-headers.js';
import type { ServerFront } from './server-front.js';

/** Request line and headers together. */
const MAX_HEADER_BYTES = 16_384;

/**
 * Longer than any request line that Node lets through, so that an overlong id meets the id's own rule and gets
 * an answer that names it.
 */
const MAX_PARAM_LENGTH = MAX_HEADER_BYTES;

/** How often Node looks for requests that are too slow; its own default would let each take 30 s longer. */
const TIMEOUT_CHECK_MS = 500;

/**
 * How Fastify is set up for every service that uses this library.
 *
 * @param crossOrigin the origins whose pages may read answers
 * @param front the handler ahead of the router
 */
export function serverOptions(
  edge: EdgeConfig,
  security: SecurityHeaders,
  crossOrigin: CrossOrigin,
  front: ServerFront,
): FastifyServerOptions {
  const platform = new FastifyPlatform();
  return {
    serverFactory: front.serverFactory,
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, querystringParser: parseQuery },
    trustProxy: edge.trustedProxies.length > 0 && [...edge.trustedProxies],
    ...timeouts(edge),
    requestIdHeader: false,
    genReqId: (request) => requestIdOf(request.headers['x-request-id']),
    clientErrorHandler: clientErrorHandler(security.api),
    // Errors from before routing, such as a broken percent-encoding, never reach Nest's filters, nor any hook.
    frameworkErrors: (error, request, reply) => {
      reply.headers(Object.fromEntries(security.api));
      crossOrigin.addTo(reply, request.headers.origin);
      sendProblem(toProblem(error, false), request as unknown as HttpRequest, reply, platform);
    },
  };
}

function timeouts(edge: EdgeConfig) {
  return {
    requestTimeout: edge.requestTimeoutMs,
    connectionTimeout: edge.connectionTimeoutMs,
    keepAliveTimeout: edge.keepAliveTimeoutMs,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: edge.headersTimeoutMs,
      requestTimeout: edge.requestTimeoutMs,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      insecureHTTPParser: false,
      // Node's own answer to a request without a host is a bare 400; a hook gives the documented one.
      requireHostHeader: false,
    },
  };
}

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
