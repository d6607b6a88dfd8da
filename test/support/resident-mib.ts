import { readFile } from 'node:fs/promises';

/** The resident memory of a process, current and peak, in MiB. Only on Linux. */
export async function residentMib({ pid }: { readonly pid: number }): Promise<{ now: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return { now: kib('VmRSS') / 1_024, peak: kib('VmHWM') / 1_024 };
}
