import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readProcess } from '#src/apps/local/src/guard/process-table';
import type { ServiceSpec } from '#src/apps/local/src/guard/protocol';
import { until } from '../../support/until.ts';

const PROGRAM = path.join(import.meta.dirname, 'programs/service.ts');

/** A service that writes into a journal what happens to it. */
export function journaling(
  name: string,
  journal: string,
  mode: 'obedient' | 'stubborn' | 'parent' = 'obedient',
) {
  return {
    name,
    command: process.execPath,
    args: [PROGRAM, name, journal, mode],
    // Not this process's own output: who waits for its end would wait for a service that is left behind.
    output: { file: `${journal}.${name}.log` },
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5_000,
  } satisfies ServiceSpec;
}

/** The lines of a journal so far. */
export async function linesOf(journal: string): Promise<string[]> {
  const text = await readFile(journal, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

export async function untilNoted(journal: string, line: string): Promise<void> {
  await until(`the journal says "${line}"`, async () => (await linesOf(journal)).includes(line));
}

export const isRunning = (pid: number) => readProcess(pid) !== undefined;

export async function untilGone(...pids: number[]): Promise<void> {
  await until(`processes ${pids.join(', ')} are gone`, () => !pids.some(isRunning));
}

/** The guard of a service: its parent. */
export function guardOf(pid: number): number {
  const parent = readProcess(pid)?.ppid;
  if (parent === undefined) throw new Error(`process ${pid} is gone, and its guard with it`);
  return parent;
}

export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}
