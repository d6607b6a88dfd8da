import { ConfigError, readConfig } from '#libs/config';
import { heapBoundArguments, type ParentLink, type StopSignals } from '#libs/workers';
import { exitWith, explainFailure } from './start-failure.js';

/*
 * The service is imported when it is known who needs it: a parent that loaded the whole service would only hold its memory.
 */

/** The service: this process alone, or the parent of several workers. */
export async function runService(signals: StopSignals): Promise<void> {
  try {
    // Before any worker is there to fail on it.
    const config = readConfig();
    if (config.process.workers === 1) {
      boundHeap(config.process.workerMaxHeapBytes);
      return await (await import('./serve.js')).serveAlone(config, signals);
    }
    const { keepWorkers } = await import('./keep-workers.js');
    process.exit(await keepWorkers(config, signals));
  } catch (error) {
    exitWith(error);
  }
}

/** One of several workers. */
export async function runWorker(parent: ParentLink): Promise<void> {
  try {
    const { serveAsWorker } = await import('./serve.js');
    await serveAsWorker(readConfig(), parent);
  } catch (error) {
    // All workers fail in the same words: the parent says them once.
    await parent.send({ kind: 'failed', text: explainFailure(error) });
    process.exit(1);
  }
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
