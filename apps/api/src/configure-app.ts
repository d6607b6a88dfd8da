import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import type { Config } from '#libs/config';
import { addRequestHooks, HttpEvents, serverOptions } from '#libs/http';
import { RequestContext } from '#libs/logging';
import type { MetricsPage } from '#libs/metrics';
import { AppModule } from './app.module.js';
import { addOpenApi } from './open-api.js';

/**
 * The whole service, ready to listen. main.ts and every test make it here, so that no test runs another one.
 *
 * @param page what `/metrics` shows; default: this process's own metrics
 */
export async function configureApp(config: Config, page?: MetricsPage): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(config, page),
    new FastifyAdapter(serverOptions()),
    // Nest's own account of its start is no news; a start that fails throws, and is told once by whoever started it.
    { logger: false, abortOnError: false },
  );
  app.useLogger(app.get(Logger));
  addRequestHooks(app.getHttpAdapter().getInstance(), app.get(HttpEvents), app.get(RequestContext));
  addOpenApi(app);
  return app;
}
