export { clusterClient, type RedisClient, singleClient } from './client-options.js';
export { REDIS_CLIENT, RedisModule } from './redis.module.js';
