import { watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SOURCE_FOLDERS } from './build.ts';
import { ROOT } from './terminal.ts';

/** An editor writes a file in several steps, and a checkout many files: they count as one change. */
const QUIET_MS = 150;

/** Changes of the sources that the service is built from. */
export class SourceChanges {
  private changed = Promise.withResolvers<void>();
  private lastAtMs = 0;

  constructor() {
    for (const folder of SOURCE_FOLDERS)
      watch(join(ROOT, folder), { recursive: true }, () => {
        this.lastAtMs = performance.now();
        this.changed.resolve();
      });
  }

  /** Waits for a change since the last call, and until the files have been quiet for a moment. */
  async next(): Promise<void> {
    await this.changed.promise;
    for (;;) {
      const waitMs = this.lastAtMs + QUIET_MS - performance.now();
      if (waitMs <= 0) break;
      await sleep(waitMs);
    }
    this.changed = Promise.withResolvers();
  }
}
