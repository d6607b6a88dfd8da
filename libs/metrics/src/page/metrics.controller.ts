import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import type { FastifyReply } from 'fastify';
import { register } from 'prom-client';
import { MetricsPage } from './metrics-page.js';

/** The library's own, with a description and another page: the module puts it at the path that it is given. */
@ApiTags('metrics')
@Controller()
export class MetricsController extends PrometheusController {
  constructor(private readonly page: MetricsPage) {
    super();
  }

  @Get()
  @ApiOperation({
    operationId: 'getMetrics',
    summary: 'Every metric of the service, of all its workers together, as Prometheus reads it',
  })
  @ApiResponse({
    status: 200,
    description: "Prometheus' text format.",
    content: {
      'text/plain': { schema: { type: 'string' }, example: 'cache_hits_total{cache_type="l1"} 42' },
    },
  })
  @ApiResponse({
    status: 503,
    description: 'The workers can not be asked right now (`METRICS_UNAVAILABLE`).',
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: { METRICS_UNAVAILABLE: { $ref: '#/components/examples/METRICS_UNAVAILABLE' } },
      },
    },
  })
  override async index(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const text = await this.page.text();
    reply.header('content-type', register.contentType);
    return text;
  }
}
