import { setTimeout as pause } from 'node:timers/promises';
import { converse } from '../converse.ts';
import { describeCase, type FuzzCase } from '../fuzz-case.ts';
import { cpuTimeUs } from './cpu-time.ts';

const TIMES = 100;
const AT_ONCE = 4;
const IDLE_MS = 2_000;

/** Cases that took long, sent again and again on connections of their own: a wait is no cost. */
export async function slowestCosts(
  { port, pid }: { readonly port: number; readonly pid: number },
  slowest: readonly { readonly ms: number; readonly sent: FuzzCase }[],
  hitUs: number,
): Promise<string> {
  const lines: string[] = [];
  // A request that never comes to its end is waited for, and the process does other things meanwhile.
  const idleBefore = cpuTimeUs(pid);
  await pause(IDLE_MS);
  const idleUsPerMs = (cpuTimeUs(pid) - idleBefore) / IDLE_MS;
  for (const { ms, sent } of slowest) {
    const startedAtMs = performance.now();
    const before = cpuTimeUs(pid);
    for (let n = 0; n < TIMES; n += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, () => converse(port, sent)));
    const idleUs = (performance.now() - startedAtMs) * idleUsPerMs;
    const us = (cpuTimeUs(pid) - before - idleUs) / TIMES;
    const hits = us / hitUs;
    lines.push(
      `${us.toFixed(0).padStart(8)} µs ${hits.toFixed(1).padStart(7)} hits a connection (once ${ms.toFixed(0)} ms)  ${describeCase(sent).slice(0, 160)}`,
    );
  }
  return `the cases that took longest, CPU time by ${TIMES} repetitions:\n${lines.join('\n')}`;
}
