import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RequestContext, requestFieldsOf } from '#libs/logging';
import { HttpEvents } from './events.js';
import { problemCodeOf } from './problems.js';
import { ConstantHeaders, CrossOrigin } from './security-headers.js';

const times = new WeakMap<IncomingMessage, number>();

/**
 * Notes that a request was under way before the router got it, so that its time is measured whole.
 *
 * @param ms since it arrived, in milliseconds
 */
export function addEarlyTime(request: IncomingMessage, ms: number): void {
  times.set(request, ms);
}

/** @returns milliseconds; 0 for a request that the router got at once */
function earlyTimeMs(request: IncomingMessage): number {
  return times.get(request) ?? 0;
}

/** The trace that a request is part of, and how an answer names it. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** The header to pass on. */
  readonly traceparent: string;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;

/** The one flag that this service's version of the standard defines: the caller records the trace. */
const SAMPLED = 0x01;

/**
 * Reads `traceparent` (W3C Trace Context §3.2). An invalid one is ignored, as the standard asks. Of a later version
 * only the known part is passed on, as this version (§3.2.4).
 */
export function traceContextOf(header: string | string[] | undefined): TraceContext | null {
  const [, version, traceId, parentId, flags, more] = TRACEPARENT.exec(String(header ?? '')) ?? [];
  if (version === undefined || traceId === undefined || parentId === undefined || flags === undefined)
    return null;
  if (version === 'ff' || ZEROS.test(traceId) || ZEROS.test(parentId)) return null;
  if (version === '00')
    return more === undefined ? { traceId, traceparent: `00-${traceId}-${parentId}-${flags}` } : null;
  const known = (Number.parseInt(flags, 16) & SAMPLED).toString(16).padStart(2, '0');
  return { traceId, traceparent: `00-${traceId}-${parentId}-${known}` };
}

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
