import { type DynamicModule, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { cacheMetrics } from './cache-metrics.js';
import { coherenceMetrics } from './coherence-metrics.js';
import { dependencyMetrics } from './dependency-metrics.js';
import { latencyMetrics } from './latency-metrics.js';
import { MetricsController, type MetricsPage, MetricsPageModule, OwnMetricsPage } from './metrics-page.js';
import { telemetryMetrics } from './telemetry-metrics.js';

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
        ...latencyMetrics,
        ...cacheMetrics,
        ...coherenceMetrics,
        ...dependencyMetrics,
        ...telemetryMetrics,
      ],
    };
  }
}
