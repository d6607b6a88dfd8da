import { type Fault, someTimeMs } from './fault.ts';

/** What can happen to the service's own processes. */
export const PROCESS_FAULTS: readonly Fault[] = [
  {
    name: 'the leader killed',
    run: async (system, random) => {
      // Drawn in any case: the same seed has to give the same faults, with any leader.
      const anybody = random.pick(system.mortal);
      const leader = system.mortal.find((api) => api === system.leader());
      await system.replace(leader ?? anybody);
    },
  },
  {
    name: 'the leader paused',
    run: async (system, random) => {
      const anybody = random.pick(system.apis);
      await system.stops.stop(system.leader() ?? anybody, 3_000);
    },
  },
  {
    name: 'a process paused',
    run: async ({ apis, stops }, random) => stops.stop(random.pick(apis), someTimeMs(random)),
  },
];
