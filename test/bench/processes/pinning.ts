import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Where a process may run: on the server's core, on the load's, or wherever the system likes. */
export type Place = 'server' | 'load' | 'anywhere';

const CORES: Readonly<Record<Exclude<Place, 'anywhere'>, number>> = { server: 0, load: 1 };
const TASKSET = '/usr/bin/taskset';

/** Whether this machine can keep the server and the load apart. */
export function canPin(): boolean {
  return existsSync(TASKSET) && availableParallelism() >= 2;
}

/** @returns the command that runs a program in its place */
export function pinned(place: Place, program: readonly string[]): { command: string; args: string[] } {
  const [command = '', ...args] = program;
  if (place === 'anywhere' || !canPin()) return { command, args };
  return { command: TASKSET, args: ['--cpu-list', String(CORES[place]), ...program] };
}
