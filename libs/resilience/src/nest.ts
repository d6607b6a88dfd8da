export { PostgresPolicy, PostgresWriteLane, RedisPolicy, ResilienceModule } from './resilience.module.js';
