import { type DynamicModule, type FactoryProvider, Module } from '@nestjs/common';
import { CacheModule } from '#libs/cache/nest';
import { CacheHttpModule } from '#libs/cache-http';
import { CoherenceModule, prefixesOf } from '#libs/coherence';
import { type Config, READ_SLICES, readConfig } from '#libs/config';
import { ConfigModule } from '#libs/config/nest';
import { DbModule, type TrackedTable } from '#libs/db';
import { ALL_ENTITIES, AllEntitiesModule, EntitiesModule, type Entity, EntityChecks } from '#libs/entities';
import { HealthModule } from '#libs/health';
import { HttpModule, MissAdmission } from '#libs/http';
import { LoggingModule } from '#libs/logging';
import { MetricsModule } from '#libs/metrics';
import { RedisModule } from '#libs/redis/nest';
import { ResilienceModule } from '#libs/resilience/nest';
import { TracingModule } from '#libs/tracing/nest';

/** Settings that code has and the environment does not. */
export interface HotshelfOptions {
  /** URL of the database. Default: `DATABASE_URL`. */
  readonly postgres?: string;
  /** URL of Redis, several of a cluster separated by commas, or empty for none. Default: `REDIS_URL`. */
  readonly redis?: string;
  /** The beginning of all keys in Redis, for services that share one. Default: `REDIS_PREFIX`, else `hotshelf:`. */
  readonly namespace?: string;
  /** Any other setting, by the name of its environment variable. Default: the environment. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Options that a factory makes, as for a provider. */
export type HotshelfAsyncOptions = Pick<FactoryProvider<HotshelfOptions>, 'inject' | 'useFactory'> &
  Pick<DynamicModule, 'imports'>;

/** Cached tables: what a service consists of, beside its entities and its controllers. */
@Module({})
export class HotshelfModule {
  /**
   * For the root module of an application.
   *
   * @throws ConfigError, when the application starts, with a line for each invalid setting
   */
  static forRoot(options: HotshelfOptions = {}): DynamicModule {
    return HotshelfModule.forRootAsync({ inject: [], useFactory: () => options });
  }

  /** The same with options that are made of other providers. */
  static forRootAsync({ imports = [], inject = [], useFactory }: HotshelfAsyncOptions): DynamicModule {
    const config = ConfigModule.forRootAsync(
      {
        imports,
        inject,
        useFactory: async (...dependencies: unknown[]) => configOf(await useFactory(...dependencies)),
      },
      READ_SLICES,
    );
    const tables = { inject: [ALL_ENTITIES], useFactory: (entities: readonly TrackedTable[]) => entities };
    const cache = CacheModule.forRootAsync({ inject: [ALL_ENTITIES], useFactory: prefixesOf });
    const coherence = CoherenceModule.forTablesAsync(tables);
    const measured = [
      LoggingModule,
      TracingModule,
      HttpModule,
      cache,
      ResilienceModule,
      DbModule,
      RedisModule,
      coherence,
    ];
    return {
      module: HotshelfModule,
      imports: [
        config,
        AllEntitiesModule,
        LoggingModule,
        TracingModule,
        HttpModule,
        DbModule,
        cache,
        CacheHttpModule.forRoot({ by: MissAdmission, imports: [HttpModule] }),
        coherence,
        HealthModule,
        MetricsModule.forRoot(measured),
      ],
      providers: [EntityChecks],
      exports: [DbModule],
    };
  }

  /** For the module whose controllers answer from these tables: their stores can be injected there. See `InjectEntity`. */
  static forFeature(entities: readonly Entity[]): DynamicModule {
    return EntitiesModule.forFeature(entities);
  }
}

function configOf({ postgres, redis, namespace, settings }: HotshelfOptions): Partial<Config> {
  const named = { DATABASE_URL: postgres, REDIS_URL: redis, REDIS_PREFIX: namespace };
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  return readConfig({ ...process.env, ...settings, ...Object.fromEntries(given) }, READ_SLICES);
}
