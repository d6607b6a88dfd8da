import { setTimeout as pause } from 'node:timers/promises';
import { type Fault, someTimeMs } from './fault.ts';

/** What can happen to the service's own processes. */
export const PROCESS_FAULTS: readonly Fault[] = [
  {
    name: 'the leader killed',
    run: async (system, random) => {
      await system.replace(system.leader() ?? random.pick(system.apis));
    },
  },
  {
    name: 'the leader paused',
    run: async (system, random) => {
      const { pid } = system.leader() ?? random.pick(system.apis);
      process.kill(pid, 'SIGSTOP');
      await pause(3_000);
      process.kill(pid, 'SIGCONT');
    },
  },
  {
    name: 'a process paused',
    run: async ({ apis }, random) => {
      const { pid } = random.pick(apis);
      process.kill(pid, 'SIGSTOP');
      await pause(someTimeMs(random));
      process.kill(pid, 'SIGCONT');
    },
  },
];
