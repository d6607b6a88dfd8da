export {
  FleetMetrics,
  ownSnapshot,
  type ProcessFigures,
  type ServiceSnapshot,
  type Snapshot,
  type WorkerCounts,
  workerSnapshot,
} from './fleet-metrics.js';
export { MetricsModule } from './metrics.module.js';
export { MetricsPage, SharedRendering } from './metrics-page.js';
export type { SeriesValue } from './open-metrics.js';
