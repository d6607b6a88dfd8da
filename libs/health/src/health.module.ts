import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DbModule } from '#libs/db';
import { RedisModule } from '#libs/redis/nest';
import { ResilienceModule } from '#libs/resilience/nest';
import { CacheHealthIndicator } from './cache.health.js';
import { DependencyWatch } from './dependency-check.js';
import { HealthController } from './health.controller.js';
import { PostgresHealthIndicator } from './postgres.health.js';
import { Readiness } from './readiness.js';
import { RedisHealthIndicator } from './redis.health.js';
import { Stopping } from './stopping.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), DbModule, RedisModule, ResilienceModule],
  providers: [
    Stopping,
    DependencyWatch,
    Readiness,
    PostgresHealthIndicator,
    RedisHealthIndicator,
    CacheHealthIndicator,
  ],
  controllers: [HealthController],
  exports: [Stopping],
})
export class HealthModule {}
