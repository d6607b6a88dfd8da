import {
  applyDecorators,
  Controller,
  Get,
  Injectable,
  Module,
  Res,
  ServiceUnavailableException,
} from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  type HealthIndicatorFunction,
  TerminusModule,
} from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { DbModule } from '#libs/db';
import { ApiOperation, ApiResponse, ApiTags, answerHeaders } from '#libs/open-api';
import { RedisModule } from '#libs/redis/nest';
import { ResilienceModule } from '#libs/resilience/nest';
import { DependencyWatch } from './dependency-check.js';
import {
  CacheHealthIndicator,
  PostgresHealthIndicator,
  Readiness,
  RedisHealthIndicator,
} from './indicators.js';

/** What Fastify and Express have in common. */
type Reply = Pick<FastifyReply, 'header' | 'status'>;

const milliseconds = (description: string) => ({ type: ['number', 'null'], minimum: 0, description });

/** Of a dependency; only the cache has `entries` to `trust`. */
const INDICATOR = {
  title: 'HealthIndicator',
  type: 'object',
  required: ['status'],
  additionalProperties: false,
  properties: {
    status: { enum: ['up', 'degraded', 'down'] },
    message: { type: 'string' },
    latency_ms: milliseconds('Duration of the last answered check; null before the first.'),
    checked_ms_ago: milliseconds('Age of the last check; null before the first.'),
    breaker: { enum: ['closed', 'half-open', 'open'] },
    entries: { type: 'integer', minimum: 0 },
    bytes: { type: 'integer', minimum: 0 },
    tracking: { enum: ['linked', 'lost', 'none'], description: 'Whether L1 receives invalidations.' },
    trust: { enum: ['trusted', 'doubted', 'unwatched', 'none'], description: 'Whether L2 is trusted.' },
  },
};

const INDICATORS = { type: 'object', additionalProperties: INDICATOR };

const REPORT = {
  title: 'HealthReport',
  type: 'object',
  required: ['status', 'info', 'error', 'details'],
  additionalProperties: false,
  properties: {
    status: {
      enum: ['ok', 'degraded', 'error', 'shutting_down', 'stopping'],
      description: 'The status of the worst dependency; a `degraded` service still answers reads.',
    },
    info: { ...INDICATORS, description: 'The dependencies that are not down.' },
    error: { ...INDICATORS, description: 'The dependencies that are down.' },
    details: { ...INDICATORS, description: 'All of them.' },
  },
};

const WELL = { status: 'up', latency_ms: 0.8, checked_ms_ago: 412.5, breaker: 'closed' };
const UP = { postgres: WELL, redis: WELL };

const Report = (status: 200 | 503, description: string, example: object) =>
  ApiResponse({
    status,
    description,
    headers: answerHeaders('Cache-Control'),
    content: { 'application/json': { schema: REPORT, example } },
  });

/** @param dependencies whether they are reported; live has none that could fail it */
function HealthDocs(operationId: string, summary: string, dependencies: boolean): MethodDecorator {
  const details = dependencies ? UP : {};
  const down = { postgres: { status: 'down', message: 'no read can be answered' } };
  return applyDecorators(
    ApiOperation({ operationId, summary }),
    Report(200, 'The service can answer. `status` says whether anything is degraded.', {
      status: 'ok',
      info: details,
      error: {},
      details,
    }),
    Report(503, 'The service cannot answer reads, or is shutting down.', {
      status: 'error',
      info: {},
      error: down,
      details: down,
    }),
  );
}

/** Whether a stop has begun: the service still answers, but traffic should go elsewhere. */
@Injectable()
export class Stopping {
  private begun = false;

  get hasBegun(): boolean {
    return this.begun;
  }

  begin(): void {
    // guard(readiness-turns-first): drop
    this.begun = true;
  }
}

/** Terminus' own description knows no degraded service, and its header more than one that no cache may store. */
const OWN_DOCS = { noCache: false, swaggerDocumentation: false };

/** The probes. A failing one answers 503 with the same document, which names the failed dependency. */
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly postgres: PostgresHealthIndicator,
    private readonly redis: RedisHealthIndicator,
    private readonly cache: CacheHealthIndicator,
    private readonly stopping: Stopping,
  ) {}

  @Get()
  @HealthCheck(OWN_DOCS)
  @HealthDocs('getHealth', 'The state of the service and of each dependency', true)
  async all(@Res({ passthrough: true }) reply: Reply): Promise<unknown> {
    const document = await this.document(reply, [
      () => this.postgres.check(),
      () => this.redis.check(),
      () => this.cache.check(),
    ]);
    return this.stopping.hasBegun ? { ...document, status: 'stopping' } : document;
  }

  @Get('live')
  @HealthCheck(OWN_DOCS)
  @HealthDocs('getLiveness', 'Whether the process runs; asks no dependency', false)
  async live(@Res({ passthrough: true }) reply: Reply): Promise<unknown> {
    return this.document(reply, []);
  }

  @Get('ready')
  @HealthCheck(OWN_DOCS)
  @HealthDocs('getReadiness', 'Whether this process can answer reads and should receive them', true)
  async ready(@Res({ passthrough: true }) reply: Reply): Promise<unknown> {
    const document = await this.document(reply, [() => this.postgres.check(), () => this.redis.check()]);
    if (!this.stopping.hasBegun) return document;
    reply.status(503);
    return { ...document, status: 'stopping' };
  }

  private async document(reply: Reply, indicators: HealthIndicatorFunction[]): Promise<object> {
    reply.header('cache-control', 'no-store');
    try {
      return await this.health.check(indicators);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      reply.status(503);
      return error.getResponse() as object;
    }
  }
}

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
