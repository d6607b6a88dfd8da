import { Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DatabaseConfig } from '#libs/config';
import { ResilienceModule } from '#libs/resilience';
import { serviceDataSource } from './data-source-options.js';
import { DatabaseLink } from './database-link.js';
import { IdempotencyKeys } from './idempotency/idempotency-keys.js';
import { IdempotencySweep } from './idempotency/idempotency-sweep.js';
import { DatabaseWriter } from './writing/database-writer.js';

@Module({
  imports: [ResilienceModule],
  providers: [
    {
      provide: DataSource,
      inject: [DatabaseConfig],
      useFactory: (config: DatabaseConfig) => new DataSource(serviceDataSource(config)),
    },
    DatabaseLink,
    DatabaseWriter,
    IdempotencySweep,
    IdempotencyKeys,
  ],
  exports: [DatabaseLink, DatabaseWriter, IdempotencyKeys],
})
export class DbModule {}
