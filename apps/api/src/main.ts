import './tune-heap.js';
import { readConfig } from '#libs/config';
import { ParentLink } from '#libs/workers';
import { exitWith } from './exit-with.js';
import { explainFailure } from './explain-failure.js';
import { StopSignals } from './stop-signals.js';

/** The service: this process alone, or the parent of several workers. */
async function runService(): Promise<void> {
  const signals = new StopSignals();
  try {
    // Before any worker is there to fail on it.
    const config = readConfig();
    // Imported when it is known who needs it: a parent that loaded the whole service would only hold its memory.
    if (config.process.workers === 1) return await (await import('./serve.js')).serveAlone(config, signals);
    const { keepWorkers } = await import('./keep-workers.js');
    process.exit(await keepWorkers(config, signals));
  } catch (error) {
    exitWith(error);
  }
}

async function runWorker(parent: ParentLink): Promise<void> {
  // A terminal sends its signals to the whole group: what becomes of a worker is the parent's to say.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  // Ended while it starts, it has nothing to put in order.
  parent.onStop(() => process.exit(0));
  try {
    const { serveAsWorker } = await import('./serve.js');
    await serveAsWorker(readConfig(), parent);
  } catch (error) {
    // All workers fail in the same words: the parent says them once.
    await parent.tell({ kind: 'failed', text: explainFailure(error) });
    process.exit(1);
  }
}

const parent = ParentLink.open();
await (parent === undefined ? runService() : runWorker(parent));
