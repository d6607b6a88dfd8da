import { Controller, type DynamicModule, Get, Module, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { register } from 'prom-client';
import { ApiOperation, ApiResponse, ApiTags } from '#libs/open-api';
import { figuresOf, ownSnapshot, pageOf, type ServiceSnapshot, workerSnapshot } from './fleet-metrics.js';
import { OPEN_METRICS_TYPE, openMetricsOf, wantsOpenMetrics, withoutExemplars } from './open-metrics.js';

/** Where the text of the metrics page comes from: this process, or all workers together. */
export abstract class MetricsPage {
  /**
   * Exemplars stand in it as comments.
   *
   * @throws ProblemError if it is not available now
   */
  abstract text(): Promise<string>;

  /**
   * The same as values.
   *
   * @throws ProblemError if they are not available now
   */
  abstract snapshot(): Promise<ServiceSnapshot>;
}

/** One process that is all there is. */
const ALONE = workerSnapshot({ wanted: 1, serving: 1, restarts: 0 });

/** This process's own metrics. */
export class OwnMetricsPage extends MetricsPage {
  async text(): Promise<string> {
    return pageOf([await ownSnapshot(), ALONE]);
  }

  async snapshot(): Promise<ServiceSnapshot> {
    const own = await ownSnapshot();
    return { merged: [...own, ...ALONE], processes: [figuresOf(process.pid, own)] };
  }
}

/** Global, since the controller stands in a module of the Prometheus package, which imports nothing of ours. */
@Module({})
export class MetricsPageModule {
  static forRoot(page: MetricsPage): DynamicModule {
    const providers = [{ provide: MetricsPage, useValue: page }];
    return { module: MetricsPageModule, global: true, providers, exports: providers };
  }
}

const RENDERINGS_PER_SECOND = 10;
const INTERVAL_MS = 1_000 / RENDERINGS_PER_SECOND;
/** As many may follow one another at once, so that the few scrapes of an ordinary setup each get a rendering of their own. */
const BURST_MS = RENDERINGS_PER_SECOND * INTERVAL_MS;

/**
 * Bounds what requests for something expensive cost together. Requests that come while it is rendered share that rendering.
 * A process renders 10 times per second, after a pause up to 10 times at once; further requests get the last rendering,
 * which is at most 100 ms older than one made for them.
 */
export class SharedRendering<T> {
  private underWay: Promise<T> | undefined;
  private last: { readonly value: T; readonly startedAtMs: number } | undefined;
  /** When all renderings so far would have ended, were they made one per interval. */
  private paidUntilMs = 0;
  private readonly render: () => Promise<T>;
  private readonly nowMs: () => number;

  /** @param nowMs a monotonic clock in milliseconds; default: the process's */
  constructor(render: () => Promise<T>, nowMs: () => number = () => performance.now()) {
    this.render = render;
    this.nowMs = nowMs;
  }

  /** @throws what the rendering throws; a failure is shared by those who wait for it and not kept */
  get(): Promise<T> {
    if (this.underWay !== undefined) return this.underWay;
    const now = this.nowMs();
    const paid = Math.max(this.paidUntilMs, now);
    if (
      this.last !== undefined &&
      paid - now > BURST_MS - INTERVAL_MS &&
      now - this.last.startedAtMs < INTERVAL_MS
    )
      return Promise.resolve(this.last.value);
    this.paidUntilMs = paid + INTERVAL_MS;
    this.underWay = this.renderAt(now).finally(() => {
      this.underWay = undefined;
    });
    return this.underWay;
  }

  private async renderAt(startedAtMs: number): Promise<T> {
    const value = await this.render();
    this.last = { value, startedAtMs };
    return value;
  }
}

/** One rendering in both formats; the second one is made if it is asked for. */
class RenderedPage {
  readonly prometheus: Buffer;
  private open: Buffer | undefined;

  constructor(private readonly text: string) {
    this.prometheus = Buffer.from(withoutExemplars(text));
  }

  get openMetrics(): Buffer {
    this.open ??= Buffer.from(openMetricsOf(this.text));
    return this.open;
  }
}

/** The metrics page. A rendering costs far more than a hit, and any client may ask for it: it is shared, and sent as it stands. */
@ApiTags('metrics')
@Controller()
export class MetricsController {
  private readonly page: SharedRendering<RenderedPage>;

  constructor(page: MetricsPage) {
    this.page = new SharedRendering(async () => new RenderedPage(await page.text()));
  }

  @Get()
  @ApiOperation({
    operationId: 'getMetrics',
    summary: 'Every metric of the service, of all its workers together, as Prometheus reads it',
  })
  @ApiResponse({
    status: 200,
    description: "Prometheus' text format, or OpenMetrics if `Accept` names it.",
    content: {
      'text/plain': { schema: { type: 'string' }, example: 'cache_hits_total{cache_type="l1"} 42' },
      'application/openmetrics-text': {
        schema: { type: 'string' },
        example: 'cache_hits_total{cache_type="l1"} 42\n# EOF\n',
      },
    },
  })
  @ApiResponse({
    status: 503,
    description: 'The workers cannot be queried right now (`METRICS_UNAVAILABLE`).',
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: { METRICS_UNAVAILABLE: { $ref: '#/components/examples/METRICS_UNAVAILABLE' } },
      },
    },
  })
  async index(@Req() { headers }: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const page = await this.page.get();
    const others = reply.getHeader('vary');
    reply.header('vary', others === undefined ? 'Accept' : `${others}, Accept`);
    if (wantsOpenMetrics(headers.accept))
      reply.header('content-type', OPEN_METRICS_TYPE).send(page.openMetrics);
    else reply.header('content-type', register.contentType).send(page.prometheus);
  }
}
