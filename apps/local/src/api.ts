import { constants } from 'node:os';
import { join } from 'node:path';
import type { LocalEnv } from './environment.ts';
import { freePort } from './free-port.ts';
import { type Service, type ServiceExit, type Services, untilReady } from './services.ts';
import { ROOT } from './terminal.ts';

/** The service, as production runs it. */
export const API_ENTRY = join(ROOT, 'dist/apps/api/src/main.js');

/** The job that brings the schema up to date. */
const MIGRATE_ENTRY = join(ROOT, 'dist/apps/api/src/migrate.js');

/**
 * Flags for Node; the image has the same (docker/Dockerfile). The young generation is a large part of a process's
 * memory, and V8 sizes it by the machine before any code of the service runs. It must not shrink either, as it would in
 * a quiet minute: hits would be interrupted by more and more collections.
 */
export const API_NODE_FLAGS: readonly string[] = ['--max-semi-space-size=16', '--min-semi-space-size=16'];

/** Read by the C library before anything else: without it, each of Node's threads keeps a heap of its own. */
export const API_ALLOCATION: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '2' };

const READY_TIMEOUT_MS = 30_000;

/**
 * Brings the schema up to date, as production does: by the api's own job, which prints what it did.
 *
 * @throws Error if it fails
 */
export async function migrate(env: LocalEnv, services: Services, databaseUrl: string): Promise<void> {
  const job = await services.start({
    name: 'the migration',
    command: process.execPath,
    args: [MIGRATE_ENTRY],
    env: { ...env.passedOn, DATABASE_URL: databaseUrl },
    output: 'inherit',
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5_000,
  });
  const exit = await job.exited;
  if (exit.code !== 0) throw new Error(`The schema could not be brought up to date (${describeExit(exit)}).`);
}

/** The servers and keys that the api uses; an empty text for none. */
export interface ApiSettings {
  readonly DATABASE_URL: string;
  readonly REDIS_URL: string;
  readonly API_KEYS: string;
  /** The Redis that the console may pause; default: none. */
  readonly CONSOLE_REDIS_PID?: string;
}

export interface StartedApi extends Service {
  /** Its address, without a slash at the end. */
  readonly url: string;
}

/** Starts the service as production does; it is not ready yet. */
export async function startApi(
  env: LocalEnv,
  services: Services,
  settings: ApiSettings,
): Promise<StartedApi> {
  const { host } = env;
  const port = env.port === 0 ? await freePort() : env.port;
  const service = await services.start({
    name: 'the api',
    command: process.execPath,
    args: ['--enable-source-maps', ...API_NODE_FLAGS, API_ENTRY],
    env: { ...API_ALLOCATION, ...env.passedOn, HOST: host, PORT: String(port), ...settings },
    output: 'inherit',
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 15_000,
  });
  // "Every interface" is no address to connect to.
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return { ...service, url: `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}` };
}

/**
 * Waits until the service answers that it is ready.
 *
 * @returns false if its process has ended instead, or it is not ready in 30 s
 */
export async function becameReady(api: StartedApi): Promise<boolean> {
  const probe = async () => {
    try {
      const signal = AbortSignal.timeout(2_000);
      const { ok, body } = await fetch(`${api.url}/health/ready`, {
        signal,
        headers: { connection: 'close' },
      });
      await body?.cancel();
      return ok || undefined;
    } catch {
      return undefined;
    }
  };
  return (await untilReady(api, probe, READY_TIMEOUT_MS)) === true;
}

/** How a program ended, for people: `exit code 1`, `SIGKILL`. */
export function describeExit({ code, signal }: ServiceExit): string {
  return code !== null ? `exit code ${code}` : (signal ?? 'unknown');
}

/** The exit code that passes on how a program ended, as a shell would. */
export function exitCodeOf({ code, signal }: ServiceExit): number {
  if (code !== null) return code;
  return signal === null ? 1 : 128 + constants.signals[signal];
}
