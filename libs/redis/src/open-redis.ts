import { Redis } from 'ioredis';
import type { RedisConfig, ResilienceConfig } from '#libs/config';
import { ResilienceEvents, redisPolicy } from '#libs/resilience';
import { CommandClient, type RedisClient } from './client-options.js';
import { NamespacePurge } from './namespace-purge.js';
import { RedisLink } from './redis-link.js';
import { TrackingLinks } from './tracking-links.js';

/** The slices of the configuration that it reads. */
export interface OpenRedisConfig {
  readonly redis: RedisConfig;
  readonly resilience: ResilienceConfig;
}

export interface OpenRedisOptions {
  /** Milliseconds after which a command is given up. Default: `REDIS_COMMAND_TIMEOUT`. */
  readonly timeoutMs?: number;
  /** Another address of the same Redis, for the tracking links alone. Default: that of the commands. */
  readonly trackingUrl?: string;
}

/** The ways to Redis outside Nest, where RedisModule makes the same. */
export interface OpenRedis {
  /** Null if none is configured. */
  readonly client: RedisClient | null;
  readonly link: RedisLink;
  readonly tracking: TrackingLinks;
  readonly namespace: NamespacePurge;
  close(): void;
}

/** Begins to connect to the configured Redis. Does not wait, and does not fail if it is away. */
export function openRedis(
  { redis: config, resilience }: OpenRedisConfig,
  options: OpenRedisOptions = {},
): OpenRedis {
  const { timeoutMs = config.commandTimeoutMs, trackingUrl } = options;
  const { client } = new CommandClient(config);
  const link = new RedisLink({ client }, redisPolicy(resilience, timeoutMs, new ResilienceEvents()));
  // Only the address of another one is read: it never connects.
  const heard = trackingUrl === undefined ? client : new Redis(trackingUrl, { lazyConnect: true });
  const tracking = new TrackingLinks({ client: heard }, config);
  link.onModuleInit();
  return {
    client,
    link,
    tracking,
    namespace: new NamespacePurge({ client }, link, config),
    close: () => {
      tracking.onApplicationShutdown();
      link.beforeApplicationShutdown();
      link.onApplicationShutdown();
      client?.disconnect();
    },
  };
}
