export { RedisModule } from './redis.module.js';
export type { RedisClient } from './redis-client.js';
export { RedisLink } from './redis-link.js';
