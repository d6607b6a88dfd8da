export type { RedisClient } from './client-options.js';
export { keyOnMaster } from './masters.js';
export { NamespacePurge } from './namespace-purge.js';
export { type OpenRedis, type OpenRedisOptions, openRedis } from './open-redis.js';
export { RedisLink } from './redis-link.js';
export type { Script } from './script-command.js';
export { TrackingLinks, type TrackingListener } from './tracking-links.js';
