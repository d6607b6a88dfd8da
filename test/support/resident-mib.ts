import { readFile } from 'node:fs/promises';

/** What the operating system says that a process holds, now and at its highest, in MiB. Linux alone tells it. */
export async function residentMib({ pid }: { readonly pid: number }): Promise<{ now: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return { now: kib('VmRSS') / 1_024, peak: kib('VmHWM') / 1_024 };
}
