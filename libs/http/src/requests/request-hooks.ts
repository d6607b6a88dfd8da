import type { FastifyInstance } from 'fastify';
import type { RequestContext } from '#libs/logging';
import type { HttpEvents } from '../events.js';
import { traceContextOf } from './trace-context.js';

/** What stands for every address that no route has: an attacker's paths must not become labels. */
const UNMATCHED = 'unmatched';

/**
 * Returns the request's id and trace to the client, binds what is logged meanwhile to them, and tells of every answer.
 */
export function addRequestHooks(fastify: FastifyInstance, events: HttpEvents, context: RequestContext): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    const trace = traceContextOf(request.headers['traceparent']);
    if (trace !== null) reply.header('traceparent', trace.traceparent);
    context.run({ requestId: request.id, ...(trace !== null && { trace_id: trace.traceId }) }, done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    events.emit('answered', {
      requestId: request.id,
      path: request.url.split('?', 1)[0] ?? '',
      endpoint: request.is404 ? UNMATCHED : (request.routeOptions.url ?? UNMATCHED),
      method: request.method,
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1_000,
    });
    done();
  });
}
