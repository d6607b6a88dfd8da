// The public entry point of @hotshelf/cache.
export {
  Cache,
  type CacheEntry,
  type CacheKey,
  type CacheOptions,
  type CacheRead,
  type CacheRedis,
  Clock,
  createCache,
  type EntryTimes,
  type GroupGenerations,
  type KeyChange,
  type KeyRead,
  type Load,
  type Loaded,
  type PresentEntry,
  type ReadOptions,
  serialised,
  type Versioned,
} from '#libs/cache';
export { CacheEvents } from '#libs/cache/events';
export {
  CacheConfig,
  type Config,
  ConfigError,
  RedisConfig,
  ResilienceConfig,
  readConfig,
  SheddingConfig,
} from '#libs/config';
export { type OpenRedis, type OpenRedisOptions, openRedis } from '#libs/redis';
export { type LogSink, ProcessLogger } from '#libs/resilience';
