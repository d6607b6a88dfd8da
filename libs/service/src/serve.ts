import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { PinoLogger } from 'nestjs-pino';
import { ConfigError, type ProcessConfig, readConfig, type ServerConfig } from '#libs/config';
import { InternalPort } from '#libs/http';
import { ProcessLogger } from '#libs/resilience';
import { StopSignals } from '#libs/workers';
import { createService } from './create-service.js';
import { Shutdown } from './shutdown.js';

const logger = new ProcessLogger('Service');

/**
 * Listens on the public port, and on the port for operators if there is one.
 *
 * @throws ConfigError if the port for operators cannot be had; the system's own error for the public one
 */
export async function listen(app: NestFastifyApplication, server: ServerConfig): Promise<void> {
  await app.listen(server.port, server.host);
  if (server.metricsPort !== null) await listenInside(app, server, server.metricsPort);
  const inside = server.metricsPort === null ? '' : `, for operators on port ${server.metricsPort}`;
  logger.log(`listening on ${await app.getUrl()}${inside}`);
}

async function listenInside(
  app: NestFastifyApplication,
  { host }: ServerConfig,
  metricsPort: number,
): Promise<void> {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  try {
    await app.get(InternalPort).listen(fastify, fastify.initialConfig, host, metricsPort);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const rule =
      code === 'EADDRINUSE' ? 'free; another process listens on it' : 'one that this user may listen on';
    throw new ConfigError([{ name: 'METRICS_PORT', message: `METRICS_PORT must be ${rule} (${code}).` }]);
  }
}

/**
 * Listens, in a process of its own, until a signal ends it: no request in flight is cut off.
 */
export async function serve(
  app: NestFastifyApplication,
  config: { readonly server: ServerConfig; readonly process: ProcessConfig },
  signals: StopSignals,
): Promise<void> {
  const { logger } = await app.resolve(PinoLogger);
  const shutdown = new Shutdown(app, config.process, logger);
  await listen(app, config.server);
  // Only now: stopped before that, it has nothing to put in order, and ends.
  signals.handle(() => shutdown.endService());
  // A terminal that has gone. With several workers there is a better use for it.
  signals.listenTo('SIGHUP');
}

/**
 * Starts a service in this process: listens on `HOST` and `PORT`, and ends on SIGTERM or SIGINT without failing a request.
 *
 * @param module the root module of the application, whose imports have `HotshelfModule.forRoot`
 * @throws ConfigError for invalid settings; WiringError for a module that would serve outdated answers
 */
export async function startService(module: Type): Promise<void> {
  const signals = new StopSignals();
  const config = readConfig(process.env, ['server', 'edge', 'process']);
  await serve(await createService({ module }, config), config, signals);
}
