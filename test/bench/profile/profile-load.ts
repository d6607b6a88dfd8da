import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import type { Server } from '../processes/server-process.ts';
import type { CpuProfile } from './cpu-profile.ts';

/** What a server is started with to be profiled: arguments of Node ahead of its program, and its environment. */
export const profiled = (file: string) => ({
  args: ['--import', join(import.meta.dirname, 'profile-probe.ts')],
  environment: { PROFILE_PROBE: file },
});

/** Profiles a server, or its last worker, during a load. @param file as given to `profiled` */
export async function profileDuring<Result>(
  server: Server,
  file: string,
  load: () => Promise<Result>,
): Promise<{ result: Result; profile: CpuProfile }> {
  const pid = server.pids().at(-1) ?? server.pid;
  await toggle(pid, file);
  const result = await load();
  return { result, profile: (await toggle(pid, file)) as CpuProfile };
}

async function toggle(pid: number, file: string): Promise<unknown> {
  const path = `${file}.${pid}`;
  let written: unknown;
  process.kill(pid, 'SIGWINCH');
  await until(
    'the profile is written',
    async () => {
      written = JSON.parse(await readFile(path, 'utf8'));
      return true;
    },
    30_000,
  );
  await rm(path);
  return written;
}
