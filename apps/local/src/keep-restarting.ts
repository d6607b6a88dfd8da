import { becameReady, describeExit, type StartedApi } from './api.ts';
import { ensureBuilt, isCurrent } from './build.ts';
import type { Services } from './services.ts';
import { SourceChanges } from './source-changes.ts';
import { complain, say } from './terminal.ts';

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
