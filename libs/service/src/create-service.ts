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
} from '#libs/http';
import { RequestContext } from '#libs/logging';
import { TraceEvents } from '#libs/tracing/events';
import { Tracing } from '#libs/tracing/nest';
import { traceRequests } from './trace-requests.js';

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
