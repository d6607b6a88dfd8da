import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { serverAddress } from './server-address.js';

const TIMEOUT_MS = 3_000;

/** A reply in another language, or, if our own bytes were read first, the connection closed on us. */
const NOT_REDIS = /RESP type|Protocol error|ECONNRESET|EPIPE|Connection is closed/;

/**
 * Tries to log in to Redis and to have a ping answered.
 *
 * @param url a well-formed redis:// or rediss:// URL
 * @returns what is wrong, naming the variable and never the password; undefined where all is well. Settles within 3 s.
 */
export async function checkRedisUrl(url: string): Promise<string | undefined> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
  // The client rejects a command with a general word only; what really happened comes as this event, and first.
  let cause: Error | undefined;
  client.on('error', (error) => {
    cause ??= error;
  });
  try {
    const answer = await Promise.race([client.ping(), sleep(TIMEOUT_MS, 'none', { ref: false })]);
    return answer === 'PONG' ? undefined : complaint(url, cause);
  } catch (error) {
    return complaint(url, cause ?? (error as Error));
  } finally {
    client.disconnect();
  }
}

function complaint(url: string, cause: NodeJS.ErrnoException | undefined): string {
  return `REDIS_URL: ${reason(serverAddress(url), cause)}`;
}

function reason(address: string, cause: NodeJS.ErrnoException | undefined): string {
  if (cause === undefined) return `no answer of a Redis from ${address} in ${TIMEOUT_MS / 1_000} s`;
  const { code, message } = cause;
  if (code === 'ECONNREFUSED') return `nobody listens at ${address}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the host of ${address} is unknown`;
  // An error reply begins with its code in capitals: this is Redis, and its own words say best what it minds.
  if (/^[A-Z]{4,} /.test(message)) return `Redis at ${address} refuses: ${message}`;
  if (NOT_REDIS.test(message)) return `what answers at ${address} does not speak Redis's protocol`;
  return `${address} can't be reached: ${message}`;
}
