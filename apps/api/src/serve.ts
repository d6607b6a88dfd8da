import { PinoLogger } from 'nestjs-pino';
import type { Config } from '#libs/config';
import { ownSnapshot } from '#libs/metrics';
import { listen, Shutdown, serve } from '#libs/service';
import type { ParentLink, StopSignals } from '#libs/workers';
import { configureApp } from './configure-app.js';
import { FleetMetricsPage } from './workers/fleet-metrics-page.js';
import { OWN_METRICS } from './workers/fleet-topics.js';

/** The service in a process of its own. */
export async function serveAlone(config: Config, signals: StopSignals): Promise<void> {
  const app = await configureApp(config);
  await serve(app, config, signals);
}

/** The service in one of several workers, which share the listening socket and a parent. */
export async function serveAsWorker(config: Config, parent: ParentLink): Promise<void> {
  const app = await configureApp(config, new FleetMetricsPage(parent));
  const { logger } = await app.resolve(PinoLogger);
  const shutdown = new Shutdown(app, config.process, logger, async () => {
    await parent.send({ kind: 'report', topic: OWN_METRICS, value: await ownSnapshot() });
  });
  // It is connected to nothing yet, so one that waits for long has nothing in L1 that could grow old.
  await parent.untilNeeded();
  parent.answer(OWN_METRICS, ownSnapshot);
  await listen(app, config.server);
  parent.onStop((reason) => (reason === 'roll' ? shutdown.endWorker() : shutdown.endService()));
  process.on('SIGTERM', () => shutdown.endWorker());
}
