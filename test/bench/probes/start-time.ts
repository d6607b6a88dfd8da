import { startHotshelf, stopAll } from './fleet.ts';
import { measured, type Probe } from './probe.ts';

/** How long the service takes from the start of its process to its first ready answer, in seconds. */
export const startTime: Probe = {
  name: 'start',
  budgets: ['start'],
  run: async (stage, { quick }) => {
    const seconds: number[] = [];
    for (let n = 0; n < (quick ? 3 : 9); n++) {
      const servers = await startHotshelf(stage, 1);
      seconds.push(...servers.map(({ startedInMs }) => startedInMs / 1_000));
      await stopAll(servers);
    }
    return { start: measured(...seconds) };
  },
};
