import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PinoLogger } from 'nestjs-pino';
import type { ProcessConfig, ServerConfig } from '#libs/config';
import type { StopSignals } from '#libs/workers';
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
