import { type DynamicModule, type FactoryProvider, Module, type Type } from '@nestjs/common';
import type { Config } from './config.js';
import { AccessConfig, WriteConfig } from './slices/access.js';
import { CacheConfig } from './slices/cache.js';
import { ConsoleConfig } from './slices/console.js';
import { DatabaseConfig } from './slices/database.js';
import { EdgeConfig } from './slices/edge.js';
import { LogConfig } from './slices/log.js';
import { BuildConfig, ProcessConfig } from './slices/process.js';
import { RedisConfig } from './slices/redis.js';
import { ResilienceConfig, SheddingConfig } from './slices/resilience.js';
import { ServerConfig } from './slices/server.js';
import { TracingConfig } from './slices/tracing.js';

const CLASSES: Readonly<Record<keyof Config, unknown>> = {
  server: ServerConfig,
  edge: EdgeConfig,
  access: AccessConfig,
  console: ConsoleConfig,
  process: ProcessConfig,
  build: BuildConfig,
  log: LogConfig,
  database: DatabaseConfig,
  redis: RedisConfig,
  cache: CacheConfig,
  resilience: ResilienceConfig,
  write: WriteConfig,
  shedding: SheddingConfig,
  tracing: TracingConfig,
};

/** Where a configuration comes from, as for a provider. */
export type ConfigFactory = Pick<FactoryProvider<Partial<Config>>, 'inject' | 'useFactory'> &
  Pick<DynamicModule, 'imports'>;

const WHOLE = Symbol('configuration');

/** Gives every class the slice of the configuration that it asks for by type. */
@Module({})
export class ConfigModule {
  /** @param config all slices, or those that the service has */
  static forRoot(config: Partial<Config>): DynamicModule {
    const providers = Object.entries(config).map(([name, useValue]) => ({
      provide: CLASSES[name as keyof Config] as Type,
      useValue,
    }));
    return { module: ConfigModule, global: true, providers, exports: providers };
  }

  /**
   * The same with a configuration that is made later.
   *
   * @param slices the names of those that `useFactory` returns
   */
  static forRootAsync(config: ConfigFactory, slices: readonly (keyof Config)[]): DynamicModule {
    const { imports = [], inject = [], useFactory } = config;
    const providers = slices.map((name) => ({
      provide: CLASSES[name] as Type,
      inject: [WHOLE],
      useFactory: (whole: Partial<Config>) => whole[name],
    }));
    return {
      module: ConfigModule,
      global: true,
      imports,
      providers: [{ provide: WHOLE, inject, useFactory }, ...providers],
      exports: providers,
    };
  }
}
