import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { until } from '../until.ts';

/** The timers of a process of the service, asked for from outside. */
export interface LiveTimers {
  /** What the process has to be started with. */
  readonly settings: Record<string, string>;
  /** How many timers are neither over nor cleared, by where in the code they were set. */
  countsOf(pid: number): Promise<Map<string, number>>;
  stop(): Promise<void>;
}

export async function watchTimers(): Promise<LiveTimers> {
  const folder = await mkdtemp(join(tmpdir(), 'hotshelf-timers-'));
  const file = join(folder, 'timers.json');
  const preload = pathToFileURL(join(import.meta.dirname, 'write-timers.ts'));
  return {
    settings: { NODE_OPTIONS: `--import=${preload.href}`, TEST_TIMERS_FILE: file },
    countsOf: async (pid) => {
      let text = '';
      await rm(file, { force: true });
      process.kill(pid, 'SIGUSR2');
      await until('the process writes its timers', async () => {
        text = await readFile(file, 'utf8');
        return true;
      });
      return new Map(JSON.parse(text));
    },
    stop: () => rm(folder, { recursive: true }),
  };
}
