import type { IncomingMessage } from 'node:http';
import { type HttpEvents, type ServerFront, traceContextOf } from '#libs/http';
import { annotate } from '#libs/tracing';
import type { TraceEvents } from '#libs/tracing/events';
import type { OpenTelemetry, RemoteParent } from '#libs/tracing/nest';

/** SpanStatusCode.ERROR of the API, which is not loaded here. */
const ERROR_STATUS = 2;

const KNOWN_METHODS = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
]);

/** `detail=` of a hit's or a load's `Cache-Status`. */
const SERVED_FROM = /; detail=([\w-]+)$/;
const STALE = /; ttl=-/;

/**
 * Begins a span for each request that is sampled, ahead of everything that answers it (OpenTelemetry's semantic conventions for
 * HTTP servers). From there on the request is part of the span: its `traceparent` names it, so that the answer and the log do.
 */
export function traceRequests(
  telemetry: OpenTelemetry,
  front: ServerFront,
  events: HttpEvents,
  traces: TraceEvents,
): void {
  front.around((request, response, next) => {
    const { method = '', url = '' } = request;
    const known = KNOWN_METHODS.has(method);
    const name = known ? method : 'HTTP';
    const attributes = {
      'http.request.method': known ? method : '_OTHER',
      'url.path': url.split('?', 1)[0] ?? '',
      'url.scheme': 'encrypted' in request.socket ? 'https' : 'http',
    };
    const span = telemetry.beginServer(name, attributes, parentOf(request));
    if (span === null) return telemetry.within(undefined, next);
    const { traceId, spanId } = span.spanContext();
    request.headers['traceparent'] = `00-${traceId}-${spanId}-01`;
    response.once('close', () => {
      const status = response.statusCode;
      span.setAttribute('http.response.status_code', status);
      // A client that went away early was not failed by the service.
      if (!response.writableFinished) span.setAttribute('error.type', 'connection_closed');
      else if (status >= 500)
        span.setAttribute('error.type', String(status)).setStatus({ code: ERROR_STATUS });
      span.end();
    });
    telemetry.within(span, next);
  });
  events.onAnswered(
    ({ endpoint, method }, _status, seconds, requestId, _url, _traceId, code, cacheStatus) => {
      const traceId = annotate(`${method} ${endpoint}`, {
        'http.route': endpoint,
        'http.request.header.x-request-id': [requestId],
        ...(code !== null && { 'hotshelf.problem': code }),
        ...(cacheStatus !== null && cacheAttributes(cacheStatus)),
      });
      if (traceId !== undefined) traces.answered(endpoint, method, seconds, traceId);
    },
  );
}

function cacheAttributes(cacheStatus: string) {
  const servedFrom = SERVED_FROM.exec(cacheStatus)?.[1];
  return servedFrom === undefined
    ? {}
    : { 'cache.served_from': servedFrom, 'cache.stale': STALE.test(cacheStatus) };
}

function parentOf({ headers }: IncomingMessage): RemoteParent | null {
  const trace = traceContextOf(headers['traceparent']);
  if (trace === null) return null;
  const [, traceId = '', spanId = '', flags = ''] = trace.traceparent.split('-');
  const { tracestate } = headers;
  return {
    traceId,
    spanId,
    sampled: (Number.parseInt(flags, 16) & 1) === 1,
    state: typeof tracestate === 'string' ? tracestate : (tracestate?.join(',') ?? ''),
  };
}
