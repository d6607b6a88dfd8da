import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './fault.ts';

/** What a network can do between the service and one Redis. */
export const LINK_FAULTS: readonly Fault[] = [
  {
    name: 'tracking links cut',
    run: async ({ proxy }) => proxy?.cut('tracking'),
  },
  {
    name: 'tracking links swallowed',
    run: async ({ proxy }) => {
      const heal = proxy?.swallow('tracking');
      await pause(3_000);
      heal?.();
    },
  },
  {
    name: 'all connections cut',
    run: async ({ proxy }) => proxy?.cut('all'),
  },
  {
    name: 'all connections swallowed',
    run: async ({ proxy }) => {
      const heal = proxy?.swallow('all');
      await pause(2_000);
      heal?.();
      // What was swallowed stays silent, as a peer that vanished does.
      await pause(500);
    },
  },
];

/** The same where nothing can stand in between. */
export const CLUSTER_LINK_FAULTS: readonly Fault[] = [
  {
    name: 'tracking links cut',
    run: async ({ servers }) => {
      for (const { client } of servers) {
        const list = String(await client.client('LIST'));
        for (const line of list.split('\n').filter((each) => each.includes('name=hotshelf-tracking'))) {
          const id = /^id=(\d+)/.exec(line)?.[1];
          if (id !== undefined) await client.call('CLIENT', 'KILL', 'ID', id);
        }
      }
    },
  },
];
