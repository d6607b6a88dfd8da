import { type DynamicModule, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { BuildMetrics, buildMetricProviders } from './build-metrics.js';
import {
  CacheMetrics,
  cacheMetricProviders,
  L1Metrics,
  l1MetricProviders,
  TrackingMetrics,
  trackingMetricProviders,
} from './cache-metrics.js';
import { CoherenceMetrics, coherenceMetricProviders } from './coherence-metrics.js';
import {
  BreakerMetrics,
  BulkheadMetrics,
  breakerMetricProviders,
  bulkheadMetricProviders,
  PoolMetrics,
  poolMetricProviders,
  RedisMetrics,
  redisMetricProviders,
  StatementMetrics,
  statementMetricProviders,
} from './dependency-metrics.js';
import {
  HttpMetrics,
  httpMetricProviders,
  SheddingMetrics,
  sheddingMetricProviders,
} from './http-metrics.js';
import { LogMetrics, logMetricProviders } from './log-metrics.js';
import { MetricsController, type MetricsPage, MetricsPageModule, OwnMetricsPage } from './metrics-page.js';
import { TraceMetrics, traceMetricProviders } from './trace-metrics.js';

/** Owns every metric. It listens to the other modules' events; none of them knows of it. */
@Module({})
export class MetricsModule {
  /**
   * @param sources the modules whose events are measured
   * @param page what `/metrics` shows; default: this process's own metrics
   */
  static forRoot(
    sources: NonNullable<DynamicModule['imports']>,
    page: MetricsPage = new OwnMetricsPage(),
  ): DynamicModule {
    return {
      module: MetricsModule,
      imports: [
        MetricsPageModule.forRoot(page),
        PrometheusModule.register({ path: '/metrics', controller: MetricsController }),
        ...sources,
      ],
      providers: [
        ...httpMetricProviders,
        ...cacheMetricProviders,
        ...breakerMetricProviders,
        ...l1MetricProviders,
        ...coherenceMetricProviders,
        ...trackingMetricProviders,
        ...bulkheadMetricProviders,
        ...poolMetricProviders,
        ...statementMetricProviders,
        ...redisMetricProviders,
        ...sheddingMetricProviders,
        ...logMetricProviders,
        ...traceMetricProviders,
        ...buildMetricProviders,
        HttpMetrics,
        CacheMetrics,
        BreakerMetrics,
        L1Metrics,
        CoherenceMetrics,
        TrackingMetrics,
        BulkheadMetrics,
        PoolMetrics,
        StatementMetrics,
        RedisMetrics,
        SheddingMetrics,
        LogMetrics,
        TraceMetrics,
        BuildMetrics,
      ],
    };
  }
}
