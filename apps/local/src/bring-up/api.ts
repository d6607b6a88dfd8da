import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.js';
import type { GuardedProcess } from '../guard/start-guard.js';
import type { LocalEnv } from '../local-env.js';
import type { Stack } from '../stack/stack.js';
import { API_ALLOCATION, API_ENTRY, API_NODE_FLAGS } from './api-entries.js';

const POLL_MS = 20;
const READY_TIMEOUT_MS = 30_000;
const ANSWER_TIMEOUT_MS = 2_000;

/** What the api is to use; empty for no Redis. */
export interface ApiServers {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** As in `API_KEYS`. */
  readonly apiKeys: string;
}

export interface RunningApi {
  readonly process: GuardedProcess;
  /** Where it listens, without a slash at the end. */
  readonly url: string;
}

/** Starts the service as production does; it is not ready yet. */
export async function startApi(env: LocalEnv, stack: Stack, servers: ApiServers): Promise<RunningApi> {
  const port = env.port === 0 ? await freePort() : env.port;
  const running = await stack.run({
    name: 'the api',
    command: process.execPath,
    args: ['--enable-source-maps', ...API_NODE_FLAGS, API_ENTRY],
    env: {
      ...API_ALLOCATION,
      ...env.handedOn,
      HOST: env.host,
      PORT: String(port),
      DATABASE_URL: servers.databaseUrl,
      REDIS_URL: servers.redisUrl,
      API_KEYS: servers.apiKeys,
    },
    output: 'inherit',
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 15_000,
  });
  stack.add('api', running, () => undefined);
  return { process: running, url: `http://${reachable(env.host)}:${port}` };
}

/**
 * Waits until the service answers that it is ready.
 *
 * @returns false where its process has ended instead
 * @throws where it is not ready in 30 s
 */
export async function becameReady({ process, url }: RunningApi): Promise<boolean> {
  let ended = false;
  void process.exited.then(() => {
    ended = true;
  });
  const giveUpAt = performance.now() + READY_TIMEOUT_MS;
  while (!ended && performance.now() < giveUpAt) {
    if (await isReady(url)) return true;
    await sleep(POLL_MS);
  }
  if (ended) return false;
  throw new Error(
    `The api did not become ready in ${READY_TIMEOUT_MS / 1_000} s: GET ${url}/health/ready says why.`,
  );
}

async function isReady(url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const { ok, body } = await fetch(`${url}/health/ready`, { signal, headers: { connection: 'close' } });
    await body?.cancel();
    return ok;
  } catch {
    return false;
  }
}

/** An address to be called by, for one to listen on: "every interface" is none. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
