import { type DynamicModule, Module } from '@nestjs/common';
import { MetricsPage } from './metrics-page.js';

/** Global, since the controller stands in a module of the Prometheus package, which imports nothing of ours. */
@Module({})
export class MetricsPageModule {
  static forRoot(page: MetricsPage): DynamicModule {
    const providers = [{ provide: MetricsPage, useValue: page }];
    return { module: MetricsPageModule, global: true, providers, exports: providers };
  }
}
