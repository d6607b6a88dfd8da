import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ResilienceModule } from '#libs/resilience/nest';
import { BatchLoaders } from './batch-loader.js';
import { Connections } from './connections.js';
import { DatabaseLink } from './database-link.js';
import { DatabaseWriter } from './database-writer.js';
import { DatabaseEvents } from './events.js';
import { IdempotencyKeys, IdempotencySweep } from './idempotency.js';
import { DATA_SOURCE, PoolKeeper, ServicePool } from './pool.js';
import { Primary } from './primary.js';

@Module({ providers: [ServicePool], exports: [ServicePool] })
class PoolModule {}

@Module({
  imports: [
    ResilienceModule,
    PoolModule,
    TypeOrmModule.forRootAsync({
      name: DATA_SOURCE,
      imports: [PoolModule],
      inject: [ServicePool],
      useFactory: ({ driver }: ServicePool) => ({
        type: 'postgres',
        driver,
        autoLoadEntities: true,
        // DatabaseLink connects: the process starts without Postgres, too.
        manualInitialization: true,
      }),
    }),
  ],
  providers: [
    DatabaseEvents,
    Connections,
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
