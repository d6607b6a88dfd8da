export { type Config, readConfig, VARIABLES } from './config.js';
export { ConfigModule } from './config.module.js';
export { ConfigError } from './config-error.js';
export { CacheConfig } from './slices/cache.js';
export { DatabaseConfig } from './slices/database.js';
export { LogConfig } from './slices/log.js';
export { RedisConfig } from './slices/redis.js';
export { ResilienceConfig } from './slices/resilience.js';
export { ServerConfig } from './slices/server.js';
