import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DbModule } from '#libs/db';
import { RedisModule } from '#libs/redis';
import { ResilienceModule } from '#libs/resilience';
import { DependencyWatch } from './dependency-watch.js';
import { HealthController } from './health.controller.js';
import { HealthReport } from './health-report.js';
import { Stopping } from './stopping.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), DbModule, RedisModule, ResilienceModule],
  providers: [Stopping, DependencyWatch, HealthReport],
  controllers: [HealthController],
  exports: [Stopping],
})
export class HealthModule {}
