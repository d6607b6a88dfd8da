import type { RedisOptions } from 'ioredis';
import type { RedisConfig } from '#libs/config';

const LAST_RETRY_MS = 500;
const TRACKING_TIMEOUT_MS = 500;

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
    // The driver would wait for as long as a server that loads its data says that it will take, up to 10 s: a guess that is
    // far too long when it has just begun.
    maxLoadingRetryTime: LAST_RETRY_MS,
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
    autoPipeliningIgnoredCommands: [] as string[],
    retryStrategy: retryDelayMs,
  };
}

/**
 * A link that only listens. RESP2, since the driver drops what RESP3 would push; nothing is resubscribed by the driver,
 * since a subscription without tracking would hear nothing and look alive.
 *
 * @param server the connection whose server is listened to
 */
export function trackingClient(config: RedisConfig, server: RedisOptions) {
  const { host, port, path, db, username, password, tls, family } = server;
  const address = { host, port, path, db, username, password, tls, family };
  return {
    ...connection(config),
    // Nobody waits for its commands; the deadline is for a server that takes the connection and says nothing.
    commandTimeout: TRACKING_TIMEOUT_MS,
    ...Object.fromEntries(
      Object.entries(address).filter(([, value]) => value !== undefined && value !== null),
    ),
    connectionName: 'hotshelf-tracking',
    protocol: 2 as const,
    autoResubscribe: false,
    lazyConnect: true,
    retryStrategy: retryDelayMs,
    // A silent peer confirms no goodbye either.
    disconnectTimeout: 50,
  };
}

/** @param urls some of the nodes; the others are learnt from them. TLS and the password are those of the first. */
export function clusterClient(config: RedisConfig, urls: readonly string[]) {
  const first = new URL(urls[0] ?? '');
  return {
    nodes: [...urls],
    lazyConnect: true,
    enableAutoPipelining: true,
    autoPipeliningIgnoredCommands: [] as string[],
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
