import { join } from 'node:path';
import type { LocalEnv } from './environment.ts';
import { becameReady, describeExit, freePort, type Service, type Services } from './services.ts';
import { complain, ROOT } from './terminal.ts';

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

/**
 * Brings the schema up to date, as production does: by the api's own job, which prints what it did.
 *
 * @throws Error if it fails
 */
export async function migrate(env: LocalEnv, services: Services, databaseUrl: string): Promise<void> {
  const job = await services.start({
    name: 'The migration',
    command: process.execPath,
    args: [MIGRATE_ENTRY],
    env: { ...env.passedOn, DATABASE_URL: databaseUrl },
    stopTimeoutMs: 5_000,
  });
  const exit = await job.exited;
  if (exit.code !== 0) throw new Error(`The schema could not be brought up to date (${describeExit(exit)}).`);
}

const READY_TIMEOUT_MS = 30_000;

export interface StartedApi extends Service {
  /** Its address, without a slash at the end. */
  readonly url: string;
}

/** Starts the service as production does; it is not ready yet. */
export async function startApi(
  { host, port: wanted, passedOn }: LocalEnv,
  services: Services,
  settings: NodeJS.ProcessEnv,
): Promise<StartedApi> {
  const port = wanted === 0 ? await freePort() : wanted;
  const service = await services.start({
    name: 'The api',
    command: process.execPath,
    args: [...API_NODE_FLAGS, API_ENTRY],
    env: { ...API_ALLOCATION, ...passedOn, HOST: host, PORT: String(port), ...settings },
    stopTimeoutMs: 15_000,
  });
  void service.endedByItself.then((exit) => complain(`The api has ended by itself (${describeExit(exit)}).`));
  // "Every interface" is no address to connect to.
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return { ...service, url: `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}` };
}

/** @returns false if its process has ended instead, or it is not ready in 30 s */
export function isServing(api: StartedApi): Promise<boolean> {
  const ask = async () => {
    const request = { signal: AbortSignal.timeout(2_000), headers: { connection: 'close' } };
    const { ok, body } = await fetch(`${api.url}/health/ready`, request);
    await body?.cancel();
    return ok;
  };
  return becameReady(api, () => ask().catch(() => false), READY_TIMEOUT_MS);
}
