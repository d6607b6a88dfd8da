import { type DynamicModule, type FactoryProvider, Module } from '@nestjs/common';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { CacheModule } from '#libs/cache/nest';
import { CacheHttpModule } from '#libs/cache-http';
import { CoherenceModule, prefixesOf } from '#libs/coherence';
import { type Config, READ_SLICES, readConfig } from '#libs/config';
import { ConfigModule } from '#libs/config/nest';
import { addressOf, DbModule, POSTGRES_POOL, poolOf, type TrackedTable } from '#libs/db';
import { ALL_ENTITIES, AllEntitiesModule, EntitiesModule, type Entity, EntityChecks } from '#libs/entities';
import { HealthModule } from '#libs/health';
import { HttpModule, MissAdmission } from '#libs/http';
import { LoggingModule } from '#libs/logging';
import { MetricsModule, type MetricsPage } from '#libs/metrics';
import { addressesOf, REDIS_LIKE, type RedisClient, RedisModule } from '#libs/redis/nest';
import { ResilienceModule } from '#libs/resilience/nest';
import { TracingModule } from '#libs/tracing/nest';

/** Settings that code has and the environment does not. */
export interface HotshelfOptions {
  /**
   * URL of the database; or a pool of pg, or an initialized data source of TypeORM, that loads and writes go through: its owner closes it,
   * and sets its `statement_timeout` and `query_timeout`. Default: `DATABASE_URL`.
   */
  readonly postgres?: string | Pool | DataSource;
  /**
   * URL of Redis, several of a cluster separated by commas, or empty for none; or a client of ioredis: connections to its servers with its
   * credentials are opened beside it, and it is left alone. Default: `REDIS_URL`.
   */
  readonly redis?: string | RedisClient;
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
    const given: DynamicModule = {
      module: GivenModule,
      global: true,
      imports,
      providers: [
        { provide: OPTIONS, inject, useFactory },
        { provide: POSTGRES_POOL, inject: [OPTIONS], useFactory: givenPool },
        { provide: REDIS_LIKE, inject: [OPTIONS], useFactory: givenClient },
      ],
      exports: [OPTIONS, POSTGRES_POOL, REDIS_LIKE],
    };
    const config = ConfigModule.forRootAsync(
      { imports: [given], inject: [OPTIONS], useFactory: configOf },
      READ_SLICES,
    );
    const tables = { inject: [ALL_ENTITIES], useFactory: (entities: readonly TrackedTable[]) => entities };
    const cache = CacheModule.forRootAsync({ inject: [ALL_ENTITIES], useFactory: prefixesOf });
    const coherence = CoherenceModule.forTablesAsync(tables);
    return {
      module: HotshelfModule,
      imports: [config, AllEntitiesModule, DbModule, ...serviceModules(cache, coherence)],
      providers: [EntityChecks],
      exports: [DbModule],
    };
  }

  /** For the module whose controllers answer from these tables: their stores can be injected there. See `InjectEntity`. */
  static forFeature(entities: readonly Entity[]): DynamicModule {
    return EntitiesModule.forFeature(entities);
  }
}

/**
 * The modules of every service over cached tables, beside its configuration.
 *
 * @param page what `/metrics` shows; default: this process's own metrics
 */
export function serviceModules(
  cache: DynamicModule,
  coherence: DynamicModule,
  page?: MetricsPage,
): NonNullable<DynamicModule['imports']> {
  const measured = [LoggingModule, TracingModule, HttpModule, cache, coherence];
  return [
    ...measured,
    CacheHttpModule.forRoot({ by: MissAdmission, imports: [HttpModule] }),
    HealthModule,
    MetricsModule.forRoot([...measured, ResilienceModule, DbModule, RedisModule], page),
  ];
}

/** What the application has opened itself. */
class GivenModule {}

const OPTIONS = Symbol('options of HotshelfModule');

const givenPool = ({ postgres }: HotshelfOptions) => (typeof postgres === 'object' ? poolOf(postgres) : null);

const givenClient = ({ redis }: HotshelfOptions) => (typeof redis === 'object' ? redis : null);

function configOf(options: HotshelfOptions): Partial<Config> {
  const { namespace, settings } = options;
  const [pool, client] = [givenPool(options), givenClient(options)];
  const environment = { ...process.env, ...settings };
  const named = {
    DATABASE_URL: pool === null ? options.postgres : urlOf(pool, environment['DATABASE_DIRECT_URL']),
    REDIS_URL: client === null ? options.redis : addressesOf(client),
    REDIS_PREFIX: namespace,
  } as Readonly<Record<string, string | undefined>>;
  const given = Object.entries({ ...settings, ...named }).filter(([, value]) => value !== undefined);
  // What code gives has no file besides, whatever the environment names.
  const files = given.map(([name]) => [`${name}_FILE`, undefined] as const);
  return readConfig(
    { ...environment, ...Object.fromEntries(files), ...Object.fromEntries(given) },
    READ_SLICES,
  );
}

function urlOf(pool: Pool, directUrl: string | undefined): string {
  const url = directUrl || addressOf(pool);
  if (url !== null) return url;
  throw new TypeError(
    'the relay needs a connection of its own, and its address does not follow from the given pool: set DATABASE_DIRECT_URL',
  );
}
