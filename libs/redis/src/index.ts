export { RedisModule } from './redis.module.js';
export { RedisLink } from './redis-link.js';
