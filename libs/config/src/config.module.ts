import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from './config.js';
import { AccessConfig } from './slices/access.js';
import { CacheConfig } from './slices/cache.js';
import { DatabaseConfig } from './slices/database.js';
import { EdgeConfig } from './slices/edge.js';
import { LogConfig } from './slices/log.js';
import { ProcessConfig } from './slices/process.js';
import { RedisConfig } from './slices/redis.js';
import { ResilienceConfig } from './slices/resilience.js';
import { ServerConfig } from './slices/server.js';
import { SheddingConfig } from './slices/shedding.js';
import { WriteConfig } from './slices/write.js';

/** Gives every class the slice of the configuration that it asks for by type. */
@Module({})
export class ConfigModule {
  static forRoot(config: Config): DynamicModule {
    const providers = [
      { provide: ServerConfig, useValue: config.server },
      { provide: EdgeConfig, useValue: config.edge },
      { provide: AccessConfig, useValue: config.access },
      { provide: ProcessConfig, useValue: config.process },
      { provide: LogConfig, useValue: config.log },
      { provide: DatabaseConfig, useValue: config.database },
      { provide: RedisConfig, useValue: config.redis },
      { provide: CacheConfig, useValue: config.cache },
      { provide: ResilienceConfig, useValue: config.resilience },
      { provide: WriteConfig, useValue: config.write },
      { provide: SheddingConfig, useValue: config.shedding },
    ];
    return { module: ConfigModule, global: true, providers, exports: providers };
  }
}
