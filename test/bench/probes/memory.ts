import { startHotshelf, stopAll } from './fleet.ts';
import { measured, notMeasured, type Probe } from './probe.ts';

const READS = 1_000_000;

/** The memory of a worker after it has read more than its L1 may keep. */
export const memory: Probe = {
  name: 'memory',
  budgets: ['memory'],
  run: async (stage, { quick }) => {
    if (quick) return { memory: notMeasured('skipped by --quick') };
    const servers = await startHotshelf(stage, 1, {
      CACHE_L1_MAX_BYTES: '64MiB',
      REDIS_COMMAND_TIMEOUT: '2s',
    });
    try {
      const keys = { kind: 'distinct', first: 0, count: stage.products } as const;
      const arrivals = { kind: 'burst', requests: READS } as const;
      const ports = servers.map(({ port }) => port);
      const { errors } = await stage.freeLoad.run({ ports, connections: 200, arrivals, keys, seed: 1 });
      if (Object.keys(errors).length > 0) throw new Error(`reads failed: ${JSON.stringify(errors)}`);
      return { memory: measured(...servers.map((server) => server.usage().residentMib)) };
    } finally {
      await stopAll(servers);
    }
  },
};
