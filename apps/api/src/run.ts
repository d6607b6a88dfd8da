import { PinoLogger } from 'nestjs-pino';
import { type Config, ConfigError, readConfig } from '#libs/config';
import { createLogger, LEVEL_SIGNAL } from '#libs/logging';
import { ownSnapshot } from '#libs/metrics';
import {
  ClusterLauncher,
  heapBoundArguments,
  type ParentLink,
  type StopSignals,
  WorkerPool,
} from '#libs/workers';
import { FleetMetricsPage, MetricsCollector, OWN_METRICS } from './fleet-metrics.js';
import { exitWith, explainFailure } from './start-failure.js';

/*
 * The service is imported when it is known who needs it: a parent that loaded the whole service would only hold its memory.
 */
const service = () => Promise.all([import('./configure-app.js'), import('#libs/service')]);

/** The service: this process alone, or the parent of several workers. */
export async function runService(signals: StopSignals): Promise<void> {
  try {
    // Before any worker is there to fail on it.
    const config = readConfig();
    if (config.process.workers > 1) process.exit(await keepWorkers(config, signals));
    boundHeap(config.process.workerMaxHeapBytes);
    const [{ configureApp }, { serve }] = await service();
    await serve(await configureApp(config), config, signals);
  } catch (error) {
    exitWith(error);
  }
}

/** One of several workers, which share the listening socket and a parent. */
export async function runWorker(parent: ParentLink): Promise<void> {
  try {
    await serveAsWorker(readConfig(), parent);
  } catch (error) {
    // All workers fail in the same words: the parent says them once.
    await parent.send({ kind: 'failed', text: explainFailure(error) });
    process.exit(1);
  }
}

/** What a worker may need beyond its own limits before it is killed: its last lines, its end. */
const STOP_MARGIN_MS = 2_000;

/** The parent: it serves nothing and only keeps the workers. @returns the exit code */
async function keepWorkers(config: Config, signals: StopSignals): Promise<number> {
  const { workers, workerSpare, workerMaxHeapBytes, shutdownDelayMs, shutdownTimeoutMs } = config.process;
  const logger = createLogger(config.log);
  const metrics: MetricsCollector = new MetricsCollector(
    () => pool.slots,
    () => ({
      wanted: workers,
      serving: pool.slots.filter(({ kind }) => kind === 'serving').length,
      restarts: pool.restarts,
    }),
  );
  const pool: WorkerPool = new WorkerPool(new ClusterLauncher(workerMaxHeapBytes), {
    size: workers,
    spare: workerSpare,
    stopLimitMs: shutdownDelayMs + shutdownTimeoutMs + STOP_MARGIN_MS,
    logger,
    heard: (slot, message) => metrics.heard(slot, message),
    gone: (pid) => metrics.gone(pid),
  });
  signals.handle(
    () => pool.stop(),
    () => pool.kill(),
  );
  process.on('SIGHUP', () => pool.roll());
  process.on(LEVEL_SIGNAL, () => pool.signal(LEVEL_SIGNAL));
  logger.info({ workers }, 'keeping the workers');
  const end = await pool.run();
  if (end.kind === 'failed') process.stderr.write(`${end.text}\n`);
  return end.kind === 'stopped' ? 0 : 1;
}

/** Prepares the service, and listens when the parent needs this worker. */
async function serveAsWorker(config: Config, parent: ParentLink): Promise<void> {
  const [{ configureApp }, { listen, Shutdown }] = await service();
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

const UNSUPPORTED =
  'WORKER_MAX_HEAP must be empty with WORKERS=1 before Node 22.15. Set NODE_OPTIONS=--max-old-space-size=<MiB> instead.';

/**
 * Sees to it that this process has the heap that is set. V8 takes the bound at a process's start and never after that, so
 * the process re-executes itself: same pid, same streams, and still process 1 if it was.
 *
 * @param maxHeapBytes null for Node's own
 * @throws ConfigError if Node cannot do that
 */
export function boundHeap(maxHeapBytes: number | null, execve = process.execve): void {
  const missing = heapBoundArguments(maxHeapBytes).filter((each) => !process.execArgv.includes(each));
  if (missing.length === 0) return;
  if (execve === undefined) throw new ConfigError([{ name: 'WORKER_MAX_HEAP', message: UNSUPPORTED }]);
  const [, ...program] = process.argv;
  execve(process.execPath, [process.execPath, ...process.execArgv, ...missing, ...program]);
}
