import { Module } from '@nestjs/common';
import { DatabaseConfig, RedisConfig, ResilienceConfig } from '#libs/config';
import { DependencyPolicy, type Lane } from './dependency-policy.js';
import { ResilienceEvents } from './events.js';
import { isPostgresUnavailable } from './postgres-unavailable.js';

/** The policy in front of Redis. */
export abstract class RedisPolicy extends DependencyPolicy {}

/** The policy in front of Postgres. */
export abstract class PostgresPolicy extends DependencyPolicy {}

/** The writes' own way through it. */
export abstract class PostgresWriteLane implements Lane {
  abstract run: Lane['run'];
}

const breakerOf = (config: ResilienceConfig) => ({
  failures: config.breakerFailures,
  windowMs: config.breakerWindowMs,
  openMs: config.breakerOpenMs,
});

@Module({
  providers: [
    ResilienceEvents,
    {
      provide: RedisPolicy,
      inject: [ResilienceConfig, RedisConfig, ResilienceEvents],
      useFactory: (breaker: ResilienceConfig, redis: RedisConfig, events: ResilienceEvents) =>
        new DependencyPolicy(
          { dependency: 'redis', timeoutMs: redis.commandTimeoutMs, ...breakerOf(breaker) },
          events,
        ),
    },
    {
      provide: PostgresPolicy,
      inject: [ResilienceConfig, DatabaseConfig, ResilienceEvents],
      useFactory: (breaker: ResilienceConfig, database: DatabaseConfig, events: ResilienceEvents) =>
        new DependencyPolicy(
          {
            dependency: 'postgres',
            timeoutMs: database.loadTimeoutMs,
            countsAsFailure: isPostgresUnavailable,
            bulkhead: { concurrency: database.loadConcurrency, queue: database.loadQueue },
            ...breakerOf(breaker),
          },
          events,
        ),
    },
    {
      provide: PostgresWriteLane,
      inject: [PostgresPolicy, DatabaseConfig],
      useFactory: (policy: DependencyPolicy, database: DatabaseConfig): Lane =>
        policy.lane({ concurrency: database.writeConcurrency, queue: database.writeQueue }),
    },
  ],
  exports: [ResilienceEvents, RedisPolicy, PostgresPolicy, PostgresWriteLane],
})
export class ResilienceModule {}
