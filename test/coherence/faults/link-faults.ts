import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './fault.ts';

/** What a network can do between the service and one Redis; in a cluster, the others stay within reach. */
export const LINK_FAULTS: readonly Fault[] = [
  {
    name: 'tracking links cut',
    run: async ({ proxies }, random) => random.pick(proxies).cut('tracking'),
  },
  {
    name: 'tracking links swallowed',
    run: async ({ proxies }, random) => {
      const heal = random.pick(proxies).swallow('tracking');
      await pause(3_000);
      heal();
    },
  },
  {
    name: 'all connections cut',
    run: async ({ proxies }, random) => random.pick(proxies).cut('all'),
  },
  {
    name: 'all connections swallowed',
    run: async ({ proxies }, random) => {
      const heal = random.pick(proxies).swallow('all');
      await pause(2_000);
      heal();
      // What was swallowed stays silent, as a peer that vanished does.
      await pause(500);
    },
  },
];
