import { type DynamicModule, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { BreakerMetrics, breakerMetricProviders } from './breaker-metrics.js';
import { CacheMetrics, cacheMetricProviders } from './cache-metrics.js';
import { CoherenceMetrics, coherenceMetricProviders } from './coherence-metrics.js';
import { HttpMetrics, httpMetricProviders } from './http-metrics.js';
import { MemoryMetrics, memoryMetricProviders } from './memory-metrics.js';
import { MetricsController } from './metrics.controller.js';
import { TrackingMetrics, trackingMetricProviders } from './tracking-metrics.js';

/** Owns every metric. It listens to the other modules' events; none of them knows of it. */
@Module({})
export class MetricsModule {
  /** @param sources the modules whose events are measured */
  static forRoot(sources: NonNullable<DynamicModule['imports']>): DynamicModule {
    return {
      module: MetricsModule,
      imports: [PrometheusModule.register({ path: '/metrics', controller: MetricsController }), ...sources],
      providers: [
        ...httpMetricProviders,
        ...cacheMetricProviders,
        ...breakerMetricProviders,
        ...memoryMetricProviders,
        ...coherenceMetricProviders,
        ...trackingMetricProviders,
        HttpMetrics,
        CacheMetrics,
        BreakerMetrics,
        MemoryMetrics,
        CoherenceMetrics,
        TrackingMetrics,
      ],
    };
  }
}
