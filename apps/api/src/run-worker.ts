import { readConfig } from '#libs/config';
import type { ParentLink } from '#libs/workers';
import { serveAsWorker } from './serve.js';
import { explainFailure } from './start-failure.js';

/** One of several workers. */
export async function runWorker(parent: ParentLink): Promise<void> {
  try {
    await serveAsWorker(readConfig(), parent);
  } catch (error) {
    // All workers fail in the same words: the parent says them once.
    await parent.send({ kind: 'failed', text: explainFailure(error) });
    process.exit(1);
  }
}
