import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PinoLogger } from 'nestjs-pino';
import { type ProcessConfig, readConfig, type ServerConfig } from '#libs/config';
import { StopSignals } from '#libs/workers';
import { createService } from './create-service.js';
import { listen } from './listen.js';
import { Shutdown } from './shutdown.js';

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
