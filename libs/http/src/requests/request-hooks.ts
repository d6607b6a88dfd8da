import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RequestContext, requestFieldsOf } from '#libs/logging';
import { HttpEvents } from '../events.js';
import { ConstantHeaders } from './constant-headers.js';
import { traceContextOf } from './trace-context.js';

/** What stands for every address that no route has: an attacker's paths must not become labels. */
const UNMATCHED = 'unmatched';

/** Gives every answer what all have in common, binds what is logged meanwhile to its request, and tells of it. */
@Injectable()
export class RequestHooks {
  constructor(
    private readonly events: HttpEvents,
    private readonly context: RequestContext,
    private readonly constants: ConstantHeaders,
  ) {}

  addTo(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, done) => {
      const trace = traceContextOf(request.headers['traceparent']);
      this.setHeaders(request, reply);
      if (trace !== null) reply.header('traceparent', trace.traceparent);
      this.context.run(requestFieldsOf(request.id, trace?.traceId ?? null), done);
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      this.tell(request, reply);
      done();
    });
  }

  private setHeaders(request: FastifyRequest, reply: FastifyReply): void {
    reply.header('x-request-id', request.id);
    for (const [name, value] of this.constants.list) reply.header(name, value);
  }

  private tell(request: FastifyRequest, reply: FastifyReply): void {
    const endpoint = request.is404 ? UNMATCHED : (request.routeOptions.url ?? UNMATCHED);
    const route = this.events.route(endpoint, request.method);
    const seconds = reply.elapsedTime / 1_000;
    this.events.answered(route, reply.statusCode, seconds, request.id, request.url, null);
  }
}
