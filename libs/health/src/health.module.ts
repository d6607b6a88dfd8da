import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DbModule } from '#libs/db';
import { RedisModule } from '#libs/redis';
import { DependencyChecks } from './dependency-checks.js';
import { HealthController } from './health.controller.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), DbModule, RedisModule],
  providers: [DependencyChecks],
  controllers: [HealthController],
})
export class HealthModule {}
