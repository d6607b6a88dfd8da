export { RedisModule } from './redis.module.js';
