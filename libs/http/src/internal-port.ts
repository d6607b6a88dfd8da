import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http';
import { Injectable, NotFoundException } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { toProblem } from './problems.js';

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
