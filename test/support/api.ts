import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { API_ALLOCATION, API_NODE_FLAGS } from '#src/apps/local/src/api';
import { freePort } from '#src/apps/local/src/services';
import { documentedFetch } from './documented/documented-fetch.ts';
import { endWithMe } from './end-with-me.ts';
import { until } from './until.ts';
import { WRITER_API_KEYS } from './writer-key.ts';

const MAIN = join(import.meta.dirname, '../../dist/apps/api/src/main.js');

/** The service in a process of its own, started as in production. */
export interface Api {
  readonly url: string;
  readonly pid: number;
  /** What it logged so far, line by line. */
  lines(): string[];
  /** What it wrote to its error output so far, where Node warns: a process that is well writes nothing there. */
  errorLines(): string[];
  /** Fails if the OpenAPI document does not describe the answer. */
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** The value of a metric, labels and all, as it stands on the metrics page; 0 where it is not there. */
  metric(series: string): Promise<number>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** The settings of the service alone: nothing of the developer's shell leaks into a test. */
const cleanEnvironment = () => ({
  PATH: process.env.PATH,
  NODE_ENV: 'test',
  API_KEYS: WRITER_API_KEYS,
  // Hundreds of services start in a run.
  ...(process.env.NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
});

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

export interface ApiExit {
  readonly code: number | null;
  readonly output: string;
}

/**
 * Starts the service and waits for it to end, for starts that must fail.
 *
 * @param stdout where its standard output goes; default: here
 */
export async function runApiToItsEnd(
  settings: Record<string, string>,
  stdout: number | 'pipe' = 'pipe',
): Promise<ApiExit> {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...cleanEnvironment(), ...settings },
    stdio: ['ignore', stdout, 'pipe'],
  });
  endWithMe(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  const [code] = await once(child, 'close');
  return { code, output };
}

/**
 * @param settings its environment, beside what every test's service has
 * @param outputs where its standard output and error go; default: here
 */
export async function startApi(
  settings: Record<string, string>,
  outputs: readonly [stdout: number | 'pipe', stderr: number | 'pipe'] = ['pipe', 'pipe'],
): Promise<Api> {
  const port = await freePort();
  const child = spawn(process.execPath, [...API_NODE_FLAGS, MAIN], {
    env: { ...cleanEnvironment(), ...API_ALLOCATION, PORT: String(port), ...settings },
    stdio: ['ignore', ...outputs],
  });
  endWithMe(child);
  let output = '';
  let errors = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
    errors += chunk;
  });
  const closed = once(child, 'close');
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const url = `http://127.0.0.1:${port}`;
  await until('the service listens', async () => hasEnded() || (await fetch(`${url}/health/live`)).ok).catch(
    (error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    },
  );
  if (hasEnded()) {
    await closed;
    throw new Error(`The service ended before it listened: ${output}`);
  }
  const pace = new Pace();
  const get = (path: string, headers: Record<string, string> = {}) =>
    documentedFetch(url + path, { headers });
  return {
    url,
    pid: child.pid ?? 0,
    lines: () => linesOf(output),
    errorLines: () => linesOf(errors),
    get,
    metric: async (series) => {
      await pace.turn();
      const page = await (await get('/metrics')).text();
      const line = page.split('\n').find((candidate) => candidate.startsWith(`${series} `));
      return Number(line?.slice(series.length + 1) ?? 0);
    },
    stop: async (signal = 'SIGTERM') => {
      if (hasEnded()) return child.exitCode;
      child.kill(signal);
      const [code] = await once(child, 'exit');
      return code;
    },
  };
}

/** Keeps scrapes below the rate from which on the service answers with an earlier page: a test wants what is true now. */
class Pace {
  private readonly intervalMs = 110;
  private readonly burst = 8;
  private paidUntilMs = 0;

  async turn(): Promise<void> {
    const now = performance.now();
    this.paidUntilMs = Math.max(this.paidUntilMs, now) + this.intervalMs;
    const waitMs = this.paidUntilMs - now - this.burst * this.intervalMs;
    if (waitMs > 0) await pause(waitMs);
  }
}
