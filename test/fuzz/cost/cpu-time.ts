import { readdirSync, readFileSync } from 'node:fs';

const NS_PER_US = 1_000;

/** CPU time that all threads of a process have used so far, in microseconds (Linux; /proc/<pid>/task/<tid>/schedstat). */
export function cpuTimeUs(pid: number): number {
  const folder = `/proc/${pid}/task`;
  let ns = 0;
  for (const thread of readdirSync(folder)) {
    try {
      ns += Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ', 1)[0]);
    } catch {
      // It has ended since the folder was read.
    }
  }
  return ns / NS_PER_US;
}
