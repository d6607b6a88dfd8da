import rateLimit from '@fastify/rate-limit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { addWriterHook, WriterGate } from '#libs/auth';
import type { Config } from '#libs/config';
import {
  addWriteLimit,
  hardenServer,
  Pressure,
  RequestHooks,
  type SecurityHeaders,
  shedWrites,
} from '#libs/http';
import { RequestContext } from '#libs/logging';

/** What a request meets before its route, in this order. To be called before any route is added. */
export async function addEdge(
  app: NestFastifyApplication,
  config: Config,
  security: SecurityHeaders,
): Promise<void> {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  const context = app.get(RequestContext);
  await fastify.register(rateLimit, { global: false });
  await app.get(Pressure).watch(fastify);
  app.get(RequestHooks).addTo(fastify);
  hardenServer(fastify, config.edge, security);
  shedWrites(fastify, app.get(Pressure));
  addWriterHook(fastify, app.get(WriterGate), ({ id }) => context.assign({ writer: id }));
  addWriteLimit(fastify, config.access.writesPerMinute, ({ writer }) => writer?.id);
}
