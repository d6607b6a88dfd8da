import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { MemoryTier } from '#libs/cache';
import { DatabaseLink } from '#libs/db';
import { RedisLink } from '#libs/redis';
import { canAnswerReads } from './readiness.js';

/** A probe must not hang on what it probes. */
const PROBE_TIMEOUT_MS = 500;
/** However many probes ask, a dependency is asked this often. */
const PROBE_EVERY_MS = 1_000;

export interface DependencyReport {
  readonly ready: boolean;
  readonly postgres: HealthIndicatorResult;
  readonly redis: HealthIndicatorResult;
}

/** Asks Postgres and Redis for a sign of life, bounded in time and rate. */
@Injectable()
export class DependencyChecks {
  private reachedPostgresOnce = false;

  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly database: DatabaseLink,
    private readonly redis: RedisLink,
    private readonly memory: MemoryTier,
  ) {}

  async report(): Promise<DependencyReport> {
    const [postgresUp, redisState] = await Promise.all([this.postgresUp(), this.redisState()]);
    this.reachedPostgresOnce ||= postgresUp;
    const ready = canAnswerReads(
      { postgres: postgresUp ? 'up' : 'down', redis: redisState, entriesInMemory: this.memory.count },
      this.reachedPostgresOnce,
    );
    return {
      ready,
      postgres: this.describePostgres(postgresUp, ready),
      redis: this.describeRedis(redisState),
    };
  }

  private describePostgres(up: boolean, ready: boolean): HealthIndicatorResult {
    const indicator = this.indicators.check('postgres');
    if (up) return indicator.up();
    return ready
      ? indicator.degraded('not reachable; what the caches hold is served')
      : indicator.down('not reachable, and nothing is cached');
  }

  private describeRedis(state: 'up' | 'down' | 'absent'): HealthIndicatorResult {
    const indicator = this.indicators.check('redis');
    if (state === 'up') return indicator.up();
    if (state === 'absent') return indicator.up({ message: 'not configured; every process caches alone' });
    return indicator.degraded('not reachable; reads go to memory and Postgres');
  }

  private async postgresUp(): Promise<boolean> {
    const result = await this.indicators
      .check('postgres')
      .attempt(() => this.database.probe())
      .withTimeout(PROBE_TIMEOUT_MS)
      .cacheFor(PROBE_EVERY_MS);
    return result.postgres.status === 'up';
  }

  private async redisState(): Promise<'up' | 'down' | 'absent'> {
    if (this.redis.state === 'absent') return 'absent';
    const result = await this.indicators
      .check('redis')
      .attempt(() => this.redis.probe())
      .withTimeout(PROBE_TIMEOUT_MS)
      .cacheFor(PROBE_EVERY_MS);
    return result.redis.status === 'up' ? 'up' : 'down';
  }
}
