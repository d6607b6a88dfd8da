import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import type { FastifyReply } from 'fastify';
import { register } from 'prom-client';
import { MetricsPage } from './metrics-page.js';

@ApiExcludeController()
@Controller()
export class MetricsController extends PrometheusController {
  constructor(private readonly page: MetricsPage) {
    super();
  }

  @Get()
  override async index(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const text = await this.page.text();
    reply.header('content-type', register.contentType);
    return text;
  }
}
