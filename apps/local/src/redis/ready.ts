import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { GuardedProcess } from '../guard/start-guard.js';

const POLL_MS = 20;

/** What a Redis says of itself. */
export interface ServerInfo {
  readonly version: string;
  readonly processId: number;
}

/**
 * Waits until a Redis answers PING on this port, its process has ended, or the time is over.
 *
 * @returns what it says of itself, or undefined where it never answered
 */
export async function becameReady(
  port: number,
  process: GuardedProcess,
  timeoutMs: number,
): Promise<ServerInfo | undefined> {
  let over = false;
  const timer = setTimeout(() => {
    over = true;
  }, timeoutMs);
  void process.exited.then(() => {
    over = true;
  });
  try {
    while (!over) {
      const info = await ask(port);
      if (info !== undefined) return info;
      await sleep(POLL_MS);
    }
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

async function ask(port: number): Promise<ServerInfo | undefined> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    connectTimeout: 1_000,
    commandTimeout: 1_000,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // Refused connections are what is waited out here; without a listener they would be printed.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
    return parseInfo(await client.info('server'));
  } catch {
    return undefined;
  } finally {
    client.disconnect();
  }
}

function parseInfo(info: string): ServerInfo | undefined {
  const field = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim();
  // Valkey calls itself Redis 7.2 for the sake of old clients; its own version stands beside it.
  const version = field('valkey_version') ?? field('redis_version');
  return version === undefined ? undefined : { version, processId: Number(field('process_id')) };
}
