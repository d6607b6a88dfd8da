import type { RedisClientOptions } from '@liaoliaots/nestjs-redis';
import type { RedisConfig } from '#libs/config';

const LAST_RETRY_MS = 500;

/**
 * The connection that commands go over. No request ever waits for Redis to come back: nothing is queued while
 * it is away, nothing is sent again after a reconnect, and a command has a deadline. Commands of the same tick
 * travel in one pipeline.
 */
export function commandClient(config: RedisConfig, url: string): RedisClientOptions {
  return {
    url,
    connectionName: 'hotshelf',
    lazyConnect: true,
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: config.commandTimeoutMs,
    connectTimeout: config.connectTimeoutMs,
    keepAlive: 1_000,
    // A fleet that lost its Redis together should not come back in step.
    retryStrategy: (attempt) => Math.min(attempt * 50, LAST_RETRY_MS) * (0.5 + Math.random() / 2),
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
  };
}
