import { readConfig } from '#libs/config';
import type { StopSignals } from '#libs/workers';
import { boundHeap } from './bound-heap.js';
import { exitWith } from './start-failure.js';

/** The service: this process alone, or the parent of several workers. */
export async function runService(signals: StopSignals): Promise<void> {
  try {
    // Before any worker is there to fail on it.
    const config = readConfig();
    // Imported when it is known who needs it: a parent that loaded the whole service would only hold its memory.
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
