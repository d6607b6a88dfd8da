import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { HotPath } from '#libs/cache';
import type { Config } from '#libs/config';
import { addJsonBodies, HttpEvents, learnSecurityHeaders, ServerFront, serverOptions } from '#libs/http';
import type { MetricsPage } from '#libs/metrics';
import { addEdge } from './add-edge.js';
import { AppModule } from './app.module.js';
import { addOpenApi } from './open-api/add-open-api.js';

/**
 * The whole service, ready to listen. main.ts and every test make it here, so that no test runs another one.
 *
 * @param page what `/metrics` shows; default: this process's own metrics
 */
export async function configureApp(config: Config, page?: MetricsPage): Promise<NestFastifyApplication> {
  const front = new ServerFront();
  const security = await learnSecurityHeaders();
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(config, page),
    new FastifyAdapter(serverOptions(config.edge, security, front)),
    // Nest's own account of its start is no news; a start that fails throws, and is told once by whoever started it.
    // Its body parsers would take forms too; JSON is all that this service needs.
    { logger: false, abortOnError: false, bodyParser: false },
  );
  app.useLogger(app.get(Logger));
  addJsonBodies(app.getHttpAdapter().getInstance());
  await addEdge(app, config, security);
  addOpenApi(app);
  if (config.server.fastPath) front.put(app.get(HotPath).answer);
  front.onRefused(() => app.get(HttpEvents).shed('pipelining'));
  return app;
}
