import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from './config.js';
import { CacheConfig } from './slices/cache.js';
import { DatabaseConfig } from './slices/database.js';
import { LogConfig } from './slices/log.js';
import { ProcessConfig } from './slices/process.js';
import { RedisConfig } from './slices/redis.js';
import { ResilienceConfig } from './slices/resilience.js';
import { ServerConfig } from './slices/server.js';

/** Gives every class the slice of the configuration that it asks for by type. */
@Module({})
export class ConfigModule {
  static forRoot(config: Config): DynamicModule {
    const providers = [
      { provide: ServerConfig, useValue: config.server },
      { provide: ProcessConfig, useValue: config.process },
      { provide: LogConfig, useValue: config.log },
      { provide: DatabaseConfig, useValue: config.database },
      { provide: RedisConfig, useValue: config.redis },
      { provide: CacheConfig, useValue: config.cache },
      { provide: ResilienceConfig, useValue: config.resilience },
    ];
    return { module: ConfigModule, global: true, providers, exports: providers };
  }
}
