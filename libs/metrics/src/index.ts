export { FleetMetrics } from './fleet/fleet-metrics.js';
export { ownSnapshot, type Snapshot } from './fleet/snapshot.js';
export { MetricsModule } from './metrics.module.js';
export { MetricsPage } from './page/metrics-page.js';
