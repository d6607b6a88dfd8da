export { addressesOf, clusterClient, type RedisClient, singleClient } from './client-options.js';
export { REDIS_CLIENT, REDIS_LIKE, RedisModule } from './redis.module.js';
