import { Module } from '@nestjs/common';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { DatabaseConfig } from '#libs/config';
import { ResilienceModule } from '#libs/resilience/nest';
import { BatchLoaders } from './batch-loader.js';
import { Connections } from './connections.js';
import { serviceDataSource } from './data-source-options.js';
import { DatabaseLink } from './database-link.js';
import { DatabaseWriter } from './database-writer.js';
import { DatabaseEvents } from './events.js';
import { dataSourceOver, POSTGRES_POOL } from './given-pool.js';
import { IdempotencyKeys, IdempotencySweep } from './idempotency.js';
import { PoolGauge } from './pool-gauge.js';
import { PoolKeeper } from './pool-keeper.js';
import { Primary } from './primary.js';

@Module({
  imports: [ResilienceModule],
  providers: [
    {
      provide: DataSource,
      inject: [DatabaseConfig, { token: POSTGRES_POOL, optional: true }],
      useFactory: (config: DatabaseConfig, given?: pg.Pool | null) =>
        given ? dataSourceOver(given) : new DataSource(serviceDataSource(config)),
    },
    DatabaseEvents,
    Connections,
    PoolGauge,
    PoolKeeper,
    Primary,
    DatabaseLink,
    BatchLoaders,
    DatabaseWriter,
    IdempotencySweep,
    IdempotencyKeys,
  ],
  exports: [BatchLoaders, DatabaseEvents, DatabaseLink, DatabaseWriter, IdempotencyKeys, Primary],
})
export class DbModule {}
