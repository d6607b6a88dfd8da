import type { RedisConfig } from '#libs/config';

const LAST_RETRY_MS = 500;

// A fleet that lost its Redis together should not come back in step.
const retryDelayMs = (attempt: number) => Math.min(attempt * 50, LAST_RETRY_MS) * (0.5 + Math.random() / 2);

/**
 * How commands travel. No request ever waits for Redis to come back: nothing is queued while it is away, nothing is
 * sent again after a reconnect, and a command has a deadline. Commands of the same tick travel in one pipeline.
 */
function connection(config: RedisConfig) {
  return {
    connectionName: 'hotshelf',
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: config.commandTimeoutMs,
    connectTimeout: config.connectTimeoutMs,
    keepAlive: 1_000,
    // A replica that was promoted elsewhere: only a new connection finds the new primary.
    reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 1 : false) as 1 | false,
  };
}

export function singleClient(config: RedisConfig, url: string) {
  return {
    ...connection(config),
    url,
    lazyConnect: true,
    enableAutoPipelining: true,
    retryStrategy: retryDelayMs,
  };
}

/** @param urls some of the nodes; the others are learnt from them. TLS and the password are those of the first. */
export function clusterClient(config: RedisConfig, urls: readonly string[]) {
  const first = new URL(urls[0] ?? '');
  return {
    nodes: [...urls],
    lazyConnect: true,
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: retryDelayMs,
    slotsRefreshTimeout: config.connectTimeoutMs,
    redisOptions: {
      ...connection(config),
      ...(first.username !== '' && { username: decodeURIComponent(first.username) }),
      ...(first.password !== '' && { password: decodeURIComponent(first.password) }),
      ...(first.protocol === 'rediss:' && { tls: {} }),
    },
  };
}
