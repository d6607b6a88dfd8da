import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DbModule } from '#libs/db';
import { RedisModule } from '#libs/redis/nest';
import { ResilienceModule } from '#libs/resilience/nest';
import { DependencyWatch } from './dependency-check.js';
import { HealthController } from './health.controller.js';
import { CacheHealthIndicator, PostgresHealthIndicator, RedisHealthIndicator } from './indicators.js';
import { Readiness, Stopping } from './readiness.js';

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
