import { Controller, Get, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { DependencyChecks } from './dependency-checks.js';

/** The probes. A failing one answers 503 with the same document, which names what is down. */
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly checks: DependencyChecks,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The state of the service and of each dependency' })
  async all(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const { postgres, redis } = await this.checks.report();
    return this.document(reply, () => this.health.check([() => postgres, () => redis]));
  }

  @Get('live')
  @ApiOperation({ summary: 'Whether the process runs; asks no dependency' })
  async live(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    return this.document(reply, () => this.health.check([]));
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether reads can be answered here' })
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
