import type { Config } from '#libs/config';
import { createLogger, LEVEL_SIGNAL } from '#libs/logging';
import type { StopSignals } from '#libs/workers';
import { ClusterLauncher, WorkerPool } from '#libs/workers';
import { MetricsCollector } from './workers/metrics-collector.js';

/** What a worker may need beyond its own limits before it is killed: its last lines, its end. */
const STOP_MARGIN_MS = 2_000;

/** The parent: it serves nothing and only keeps the workers. @returns the exit code */
export async function keepWorkers(config: Config, signals: StopSignals): Promise<number> {
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
