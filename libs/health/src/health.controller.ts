import { Controller, Get, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { HealthCheckService, type HealthIndicatorFunction } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { HealthDocs } from './health.docs.js';
import { HealthReport } from './health-report.js';
import { Stopping } from './stopping.js';

/** The probes. A failing one answers 503 with the same document, which names what is down. */
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly report: HealthReport,
    private readonly stopping: Stopping,
  ) {}

  @Get()
  @HealthDocs('getHealth', 'The state of the service and of each dependency', true)
  async all(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const { report } = this;
    const document = await this.document(reply, [
      () => report.postgres(),
      () => report.redis(),
      () => report.cache(),
    ]);
    return this.stopping.hasBegun ? { ...document, status: 'stopping' } : document;
  }

  @Get('live')
  @HealthDocs('getLiveness', 'Whether the process runs; asks no dependency', false)
  async live(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    return this.document(reply, []);
  }

  @Get('ready')
  @HealthDocs('getReadiness', 'Whether reads can be answered here, and should be asked here', true)
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const { report } = this;
    const document = await this.document(reply, [() => report.postgres(), () => report.redis()]);
    if (!this.stopping.hasBegun) return document;
    reply.code(503);
    return { ...document, status: 'stopping' };
  }

  private async document(reply: FastifyReply, indicators: HealthIndicatorFunction[]): Promise<object> {
    reply.header('cache-control', 'no-store');
    try {
      return await this.health.check(indicators);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      reply.code(503);
      return error.getResponse() as object;
    }
  }
}
