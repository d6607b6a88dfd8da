import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RequestContext, requestFieldsOf } from '#libs/logging';
import { HttpEvents } from '../events.js';
import { CrossOrigin } from '../hardening/cross-origin.js';
import { problemCodeOf } from '../problems.js';
import { ConstantHeaders } from './constant-headers.js';
import { earlyTimeMs } from './early-time.js';
import { traceContextOf } from './trace-context.js';

interface MayHaveWriter {
  /** The writer, if one was admitted. */
  readonly writer?: { readonly id: string };
}

/** The id of the writer of a request; empty without authentication. */
export function writerIdOf(request: FastifyRequest & MayHaveWriter): string {
  return request.writer?.id ?? '';
}

/** An answer of this type lasts as long as its client wants: it is neither measured nor logged. */
const EVENT_STREAM = /^text\/event-stream\b/;

/** The label of every address without a route: an attacker's paths must not become labels. */
const UNMATCHED = 'unmatched';

/** Adds the headers of all answers, binds log lines to their request, and emits the answer. */
@Injectable()
export class RequestHooks {
  constructor(
    private readonly events: HttpEvents,
    private readonly context: RequestContext,
    private readonly constants: ConstantHeaders,
    private readonly crossOrigin: CrossOrigin,
  ) {}

  /** To be called before any route is added. */
  addTo(fastify: FastifyInstance): void {
    this.events.endpoint(UNMATCHED);
    fastify.addHook('onRoute', ({ url }) => this.events.endpoint(url));
    fastify.addHook('onRequest', (request, reply, done) => {
      const trace = traceContextOf(request.headers['traceparent']);
      this.setHeaders(request, reply);
      if (trace !== null) reply.header('traceparent', trace.traceparent);
      this.context.run(requestFieldsOf(request.id, trace?.traceId ?? null), done);
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      this.emit(request, reply);
      done();
    });
  }

  private setHeaders(request: FastifyRequest, reply: FastifyReply): void {
    reply.header('x-request-id', request.id);
    for (const [name, value] of this.constants.list) reply.header(name, value);
    this.crossOrigin.addTo(reply, request.headers.origin);
  }

  private emit(request: FastifyRequest, reply: FastifyReply): void {
    // How long a page stays open says nothing about the service.
    if (EVENT_STREAM.test(String(reply.getHeader('content-type')))) return;
    const { url } = request.routeOptions;
    const endpoint = request.is404 ? UNMATCHED : (url ?? UNMATCHED);
    const route = this.events.route(endpoint, request.method);
    const seconds = (reply.elapsedTime + earlyTimeMs(request.raw)) / 1_000;
    const code = reply.statusCode < 400 ? null : problemCodeOf(reply.raw);
    const cacheStatus = reply.getHeader('cache-status');
    this.events.answered(
      route,
      reply.statusCode,
      seconds,
      request.id,
      request.url,
      null,
      code,
      typeof cacheStatus === 'string' ? cacheStatus : null,
    );
  }
}
