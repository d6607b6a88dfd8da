import rateLimit from '@fastify/rate-limit';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Logger } from 'nestjs-pino';
import { addWriterHook, WriterGate } from '#libs/auth';
import type { Config } from '#libs/config';
import {
  addRequestHooks,
  addWriteLimit,
  HttpEvents,
  hardenServer,
  learnSecurityHeaders,
  type SecurityHeaders,
  serverOptions,
} from '#libs/http';
import { RequestContext } from '#libs/logging';
import { AppModule } from './app.module.js';
import { addOpenApi } from './open-api.js';

/** The whole service, ready to listen. main.ts and every test make it here, so that no test runs another one. */
export async function configureApp(config: Config): Promise<NestFastifyApplication> {
  const security = await learnSecurityHeaders();
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(config),
    new FastifyAdapter(serverOptions(config.edge, security)),
    // Nest's own account of its start is no news; a start that fails throws, and is told once by whoever started it.
    { logger: false, abortOnError: false },
  );
  app.useLogger(app.get(Logger));
  await addHooks(app, config, security);
  addOpenApi(app);
  return app;
}

/** What a request meets before its route, in this order. */
async function addHooks(
  app: NestFastifyApplication,
  config: Config,
  security: SecurityHeaders,
): Promise<void> {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  const context = app.get(RequestContext);
  await fastify.register(rateLimit, { global: false });
  addRequestHooks(fastify, app.get(HttpEvents), context);
  hardenServer(fastify, config.edge, security);
  addWriterHook(fastify, app.get(WriterGate), ({ id }) => context.assign({ writer: id }));
  addWriteLimit(fastify, config.access.writesPerMinute, ({ writer }) => writer?.id);
}
