import { Controller, Get, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { DependencyChecks } from './dependency-checks.js';
import { HealthDocs } from './health.docs.js';

/** The probes. A failing one answers 503 with the same document, which names what is down. */
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly checks: DependencyChecks,
  ) {}

  @Get()
  @HealthDocs('getHealth', 'The state of the service and of each dependency', true)
  async all(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const { postgres, redis } = await this.checks.report();
    return this.document(reply, () => this.health.check([() => postgres, () => redis]));
  }

  @Get('live')
  @HealthDocs('getLiveness', 'Whether the process runs; asks no dependency', false)
  async live(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    return this.document(reply, () => this.health.check([]));
  }

  @Get('ready')
  @HealthDocs('getReadiness', 'Whether reads can be answered here', true)
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const { postgres, redis } = await this.checks.report();
    return this.document(reply, () => this.health.check([() => postgres, () => redis]));
  }

  private async document(reply: FastifyReply, check: () => Promise<HealthCheckResult>): Promise<unknown> {
    reply.header('cache-control', 'no-store');
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      reply.code(503);
      return error.getResponse();
    }
  }
}
