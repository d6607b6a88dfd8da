import { watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { becameReady, describeExit, type StartedApi } from './api.ts';
import { ensureBuilt, isCurrent, SOURCE_FOLDERS } from './build.ts';
import type { Services } from './services.ts';
import { complain, ROOT, say } from './terminal.ts';

/** An editor writes a file in several steps, and a checkout many files: they count as one change. */
const QUIET_MS = 150;

/**
 * Builds and starts the service again after each change of its sources, until this process ends. What does not compile
 * leaves the service as it is; a service that does not start is tried again after the next change.
 *
 * @param first the service that runs
 * @param services those of this run
 * @param start starts the next one
 */
export async function keepRestarting(
  first: StartedApi,
  services: Services,
  start: () => Promise<StartedApi>,
): Promise<never> {
  const changes = new SourceChanges();
  let api = first;
  /** Ended to make room for the next one. */
  const replaced = new WeakSet<StartedApi>();
  const reportEnd = (of: StartedApi) =>
    void of.exited.then((exit) => {
      if (!replaced.has(of) && !services.areStopping)
        complain(`The api has ended by itself (${describeExit(exit)}). It is started after the next change.`);
    });
  reportEnd(api);
  say('Watching apps/ and libs/: a change is built and started.');
  for (;;) {
    await changes.next();
    // A file that was only touched, or changed back.
    if (isCurrent()) continue;
    const startedAtMs = performance.now();
    if (!(await ensureBuilt())) {
      complain('The service of before goes on. Save again.');
      continue;
    }
    replaced.add(api);
    await api.stop();
    api = await start();
    reportEnd(api);
    if (await becameReady(api))
      say(`Restarted in ${((performance.now() - startedAtMs) / 1_000).toFixed(1)} s: ${api.url}`);
    else complain('The service does not start: see above. It is tried again after the next change.');
  }
}

/** Changes of the sources that the service is built from. */
class SourceChanges {
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
