import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http';
import { Injectable, NotFoundException } from '@nestjs/common';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import type { EdgeConfig } from '#libs/config';
import { answerHalfClosed } from '#libs/internals';
import { addPageHeaders, addPreflights, type CrossOrigin, type SecurityHeaders } from './answer-headers.js';
import { MAX_BODY_BYTES } from './connection-ends.js';
import { FastifyPlatform, type HttpRequest } from './platform.js';
import { clientErrorHandler, sendProblem, toProblem } from './problems.js';
import { requestIdOf } from './request-log.js';
import { addAllowedMethods, type IsServed, parseQuery, refuseOddRequests } from './request-rules.js';
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
    genReqId: requestIdOf,
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

/** Routes, by their templates, that the port for operators has. */
const INTERNAL = /^\/(?:metrics|console|health)(?:\/|$)/;
/** Those that the public port has too: the probes, and the look of the index page. */
const PUBLIC_TOO = /^\/(?:health(?:\/|$)|console\/(?:console\.css|icon\.svg)$)/;

/** How Fastify is set up, as far as a server of Node takes it over. */
interface PortOptions {
  readonly http?: ServerOptions;
  readonly keepAliveTimeout?: number;
  readonly connectionTimeout?: number;
}

/**
 * A second port for operators (`METRICS_PORT`): it has `/metrics`, `/console` and `/health` and nothing else, and the public
 * one has the probes, and of `/health` only the status. Both lead to the same routes.
 */
@Injectable()
export class InternalPort {
  private readonly arrived = new WeakSet<IncomingMessage>();
  private server: Server | undefined;

  /**
   * Whether the port at which a request arrived has a route.
   *
   * @param template the route's, and not the address: `/%6detrics` leads to the same route
   */
  has(request: IncomingMessage, template: string): boolean {
    return this.arrived.has(request)
      ? INTERNAL.test(template)
      : !INTERNAL.test(template) || PUBLIC_TOO.test(template);
  }

  /** Keeps the routes of the two ports apart. To be called before any route is added. */
  addTo(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', ({ raw, routeOptions }, _reply, done) => {
      const isThere = this.has(raw, routeOptions.url ?? '');
      if (/* guard(internal-routes-are-not-public): true */ isThere) done();
      else done(toProblem(new NotFoundException(), false));
    });
    fastify.addHook('onSend', ({ raw, routeOptions }, _reply, payload, done) => {
      const isReduced = routeOptions.url === '/health' && !this.arrived.has(raw);
      done(null, isReduced && typeof payload === 'string' ? statusAlone(payload) : payload);
    });
    fastify.addHook('onClose', (_instance, done) => {
      this.server?.closeAllConnections();
      if (this.server === undefined) done();
      else this.server.close(() => done());
    });
  }

  /**
   * @param options of the public port's server
   * @throws if the port cannot be had
   */
  async listen(fastify: FastifyInstance, options: PortOptions, host: string, port: number): Promise<void> {
    const server = createServer(options.http ?? {}, (request, response) => {
      this.arrived.add(request);
      fastify.routing(request, response);
    });
    server.keepAliveTimeout = options.keepAliveTimeout ?? server.keepAliveTimeout;
    server.setTimeout(options.connectionTimeout ?? 0);
    this.server = server;
    await once(server.listen(port, host), 'listening');
  }
}

/** `status` of a problem document is a number. */
function statusAlone(payload: string): string {
  const { status } = JSON.parse(payload) as { readonly status?: unknown };
  return typeof status === 'string' ? JSON.stringify({ status }) : payload;
}
