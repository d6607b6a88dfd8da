import { type DynamicModule, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { BreakerMetrics, breakerMetricProviders } from './breaker-metrics.js';
import { BulkheadMetrics, bulkheadMetricProviders } from './bulkhead-metrics.js';
import { CacheMetrics, cacheMetricProviders } from './cache-metrics.js';
import { CoherenceMetrics, coherenceMetricProviders } from './coherence-metrics.js';
import { HttpMetrics, httpMetricProviders } from './http-metrics.js';
import { MemoryMetrics, memoryMetricProviders } from './memory-metrics.js';
import { MetricsController } from './page/metrics.controller.js';
import { type MetricsPage, OwnMetricsPage } from './page/metrics-page.js';
import { MetricsPageModule } from './page/metrics-page.module.js';
import { PoolMetrics, poolMetricProviders } from './pool-metrics.js';
import { SheddingMetrics, sheddingMetricProviders } from './shedding-metrics.js';
import { TrackingMetrics, trackingMetricProviders } from './tracking-metrics.js';

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
        ...memoryMetricProviders,
        ...coherenceMetricProviders,
        ...trackingMetricProviders,
        ...bulkheadMetricProviders,
        ...poolMetricProviders,
        ...sheddingMetricProviders,
        HttpMetrics,
        CacheMetrics,
        BreakerMetrics,
        MemoryMetrics,
        CoherenceMetrics,
        TrackingMetrics,
        BulkheadMetrics,
        PoolMetrics,
        SheddingMetrics,
      ],
    };
  }
}
