import module from 'node:module';
import { tuneHeap } from '#libs/internals';
import { ParentLink, StopSignals } from '#libs/workers';

/*
 * Only what is small is imported here. The service itself comes afterwards: what is imported in the ordinary way is
 * compiled before a line of this runs, so before a signal is heard.
 */
tuneHeap();
// Stacks name lines of the sources. The maps of packages would take more memory than all others, and as long to read.
module.setSourceMapsSupport?.(true, { nodeModules: false, generatedCode: false });
const parent = ParentLink.open();
if (parent === undefined) {
  const signals = new StopSignals();
  await (await import('./run.js')).runService(signals);
} else {
  // A terminal sends its signals to the whole group: what becomes of a worker is the parent's to say.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  // Ended while it starts, it has nothing to put in order.
  parent.onStop(() => process.exit(0));
  await (await import('./run.js')).runWorker(parent);
}
