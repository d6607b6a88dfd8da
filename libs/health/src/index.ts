export { HealthModule } from './health.module.js';
export { Stopping } from './health-report.js';
