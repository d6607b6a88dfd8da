import { Logger, Module } from '@nestjs/common';
import { DatabaseConfig, RedisConfig, ResilienceConfig } from '#libs/config';
import { breakerOf, DependencyPolicy, type Lane, redisPolicy } from './dependency-policy.js';
import { ResilienceEvents } from './events.js';
import { isPostgresUnwell } from './faults.js';
import { Outages } from './outages.js';
import { ProcessLogger } from './process-logger.js';

/** The policy in front of Redis. */
export abstract class RedisPolicy extends DependencyPolicy {}

/** The policy in front of Postgres. */
export abstract class PostgresPolicy extends DependencyPolicy {}

/** The writes' own way through it. */
export abstract class PostgresWriteLane implements Lane {
  abstract run: Lane['run'];
}

/** A writer that is refused has to find out the result of the write: better to wait for a definite answer. */
const WRITE_WAIT_SHARE = 4;

// In an application of Nest, also before its modules are made.
ProcessLogger.sendTo((context) => new Logger(context));

@Module({
  providers: [
    ResilienceEvents,
    {
      provide: Outages,
      inject: [ResilienceEvents, DatabaseConfig, RedisConfig],
      useFactory: (events: ResilienceEvents, database: DatabaseConfig, redis: RedisConfig) =>
        new Outages(events, database, redis),
    },
    {
      provide: RedisPolicy,
      inject: [ResilienceConfig, RedisConfig, ResilienceEvents],
      useFactory: (breaker: ResilienceConfig, redis: RedisConfig, events: ResilienceEvents) =>
        redisPolicy(breaker, redis.commandTimeoutMs, events),
    },
    {
      provide: PostgresPolicy,
      inject: [ResilienceConfig, DatabaseConfig, ResilienceEvents],
      useFactory: (breaker: ResilienceConfig, database: DatabaseConfig, events: ResilienceEvents) =>
        new DependencyPolicy(
          {
            dependency: 'postgres',
            timeoutMs: database.loadTimeoutMs,
            countsAsFailure: isPostgresUnwell,
            bulkhead: {
              concurrency: database.loadConcurrency,
              queue: database.loadQueue,
              maxWaitMs: database.loadWaitMs,
            },
            ...breakerOf(breaker),
          },
          events,
        ),
    },
    {
      provide: PostgresWriteLane,
      inject: [PostgresPolicy, DatabaseConfig],
      useFactory: (policy: DependencyPolicy, database: DatabaseConfig): Lane =>
        policy.lane('postgres-writes', {
          concurrency: database.writeConcurrency,
          queue: database.writeQueue,
          maxWaitMs: database.loadTimeoutMs * WRITE_WAIT_SHARE,
        }),
    },
  ],
  exports: [ResilienceEvents, Outages, RedisPolicy, PostgresPolicy, PostgresWriteLane],
})
export class ResilienceModule {}
