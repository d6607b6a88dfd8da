import type { IncomingMessage } from 'node:http';
import rateLimit from '@fastify/rate-limit';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Logger } from 'nestjs-pino';
import { HotPath } from '#libs/cache-http';
import type { EdgeConfig, ServerConfig } from '#libs/config';
import {
  addAnswerHeaders,
  addJsonBodies,
  ConstantHeaders,
  CrossOrigin,
  emitAnswers,
  HttpEvents,
  hardenServer,
  InternalPort,
  type IsServed,
  Pressure,
  SECURITY_HEADERS,
  type SecurityHeaders,
  ServerFront,
  serverOptions,
  shedWrites,
  traceContextOf,
} from '#libs/http';
import { RequestContext } from '#libs/logging';
import { annotate } from '#libs/tracing';
import { TraceEvents } from '#libs/tracing/events';
import { type OpenTelemetry, type RemoteParent, Tracing } from '#libs/tracing/nest';

/** The slices that the shell itself reads. */
export interface ServiceConfig {
  readonly server: ServerConfig;
  readonly edge: EdgeConfig;
}

/**
 * A service ready to listen: the module's routes behind the edge, and the fast path ahead of the router.
 *
 * @param module the composition root; `ServiceModule` has what the shell needs
 * @param beforeRoutes adds what a request meets after the edge and before its route, such as the check of a writer's key.
 *   Default: nothing
 */
export async function createService(
  module: DynamicModule,
  config: ServiceConfig,
  beforeRoutes: (app: NestFastifyApplication, fastify: FastifyInstance) => void = () => undefined,
): Promise<NestFastifyApplication> {
  const front = new ServerFront();
  const crossOrigin = new CrossOrigin(config.edge.corsOrigins);
  const security = crossOrigin.over(SECURITY_HEADERS);
  const app = await NestFactory.create<NestFastifyApplication>(
    module,
    new FastifyAdapter(serverOptions(config.edge, security, crossOrigin, front)),
    // Nest's own account of its start is no news; a start that fails throws, and its caller reports it once.
    // Its body parsers would take forms too; JSON is all that a service needs.
    { logger: false, abortOnError: false, bodyParser: false },
  );
  app.useLogger(withoutLists(app.get(Logger)));
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  addJsonBodies(fastify);
  await addEdge(app, fastify, config, security);
  if (config.server.metricsPort !== null) app.get(InternalPort).addTo(fastify);
  beforeRoutes(app, fastify);
  if (config.server.fastPath) front.put(app.get(HotPath).answer);
  const { telemetry } = app.get(Tracing);
  if (telemetry !== null) traceRequests(telemetry, front, app.get(HttpEvents), app.get(TraceEvents));
  front.onRefused(() => app.get(HttpEvents).shed('pipelining'));
  return app;
}

/** What a request meets before its route, in this order. */
async function addEdge(
  app: NestFastifyApplication,
  fastify: FastifyInstance,
  { edge, server }: ServiceConfig,
  security: SecurityHeaders,
): Promise<void> {
  const ports = app.get(InternalPort);
  await fastify.register(rateLimit, { global: false });
  await app.get(Pressure).watch(fastify);
  emitAnswers(fastify, app.get(HttpEvents));
  addAnswerHeaders(fastify, app.get(ConstantHeaders), app.get(CrossOrigin), app.get(RequestContext));
  const isServed: IsServed = (request, template) =>
    server.metricsPort === null || ports.has(request, template);
  hardenServer(fastify, edge, security, app.get(CrossOrigin), isServed);
  shedWrites(fastify, app.get(Pressure));
}

/**
 * The contexts in which Nest lists every module and every route, line by line, at each start, and says that it has started: `listen`
 * says where.
 */
const LISTS = new Set<unknown>(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

function withoutLists(logger: Logger): Logger {
  const log: Logger['log'] = (message, ...more) => {
    if (!LISTS.has(more.at(-1))) logger.log(message, ...more);
  };
  return Object.create(logger, { log: { value: log } });
}

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
function traceRequests(
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
