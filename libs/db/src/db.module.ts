import { Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DatabaseConfig } from '#libs/config';
import { ResilienceModule } from '#libs/resilience';
import { BatchLoaders } from './batching/batch-loaders.js';
import { serviceDataSource } from './data-source-options.js';
import { DatabaseLink } from './database-link.js';
import { DatabaseEvents } from './events.js';
import { IdempotencyKeys } from './idempotency/idempotency-keys.js';
import { IdempotencySweep } from './idempotency/idempotency-sweep.js';
import { Connections } from './pool/connections.js';
import { PoolGauge } from './pool/pool-gauge.js';
import { PoolKeeper } from './pool/pool-keeper.js';
import { DatabaseWriter } from './writing/database-writer.js';

@Module({
  imports: [ResilienceModule],
  providers: [
    {
      provide: DataSource,
      inject: [DatabaseConfig],
      useFactory: (config: DatabaseConfig) => new DataSource(serviceDataSource(config)),
    },
    DatabaseEvents,
    Connections,
    PoolGauge,
    PoolKeeper,
    DatabaseLink,
    BatchLoaders,
    DatabaseWriter,
    IdempotencySweep,
    IdempotencyKeys,
  ],
  exports: [BatchLoaders, DatabaseEvents, DatabaseLink, DatabaseWriter, IdempotencyKeys],
})
export class DbModule {}
