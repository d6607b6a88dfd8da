import { Module } from '@nestjs/common';
import { DatabaseConfig, RedisConfig, ResilienceConfig } from '#libs/config';
import { BreakerLog } from './breaker-log.js';
import { DependencyPolicy } from './dependency-policy.js';
import { ResilienceEvents } from './events.js';
import { isPostgresUnavailable } from './postgres-unavailable.js';
import { isRedisUnwell } from './redis-unwell.js';

/** The policy in front of Redis. */
export abstract class RedisPolicy extends DependencyPolicy {}

/** The policy in front of Postgres. */
export abstract class PostgresPolicy extends DependencyPolicy {}

const breakerOf = (config: ResilienceConfig) => ({
  failures: config.breakerFailures,
  windowMs: config.breakerWindowMs,
  openMs: config.breakerOpenMs,
});

/** Waiting for a place and the statement itself together have to be over before a client gives up. */
const WAIT_SHARE = 1 / 8;

@Module({
  providers: [
    ResilienceEvents,
    BreakerLog,
    {
      provide: RedisPolicy,
      inject: [ResilienceConfig, RedisConfig, ResilienceEvents],
      useFactory: (breaker: ResilienceConfig, redis: RedisConfig, events: ResilienceEvents) =>
        new DependencyPolicy(
          {
            dependency: 'redis',
            timeoutMs: redis.commandTimeoutMs,
            countsAsFailure: isRedisUnwell,
            ...breakerOf(breaker),
          },
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
            bulkhead: {
              concurrency: database.loadConcurrency,
              queue: database.loadQueue,
              maxWaitMs: database.loadTimeoutMs * WAIT_SHARE,
            },
            ...breakerOf(breaker),
          },
          events,
        ),
    },
  ],
  exports: [ResilienceEvents, RedisPolicy, PostgresPolicy],
})
export class ResilienceModule {}
