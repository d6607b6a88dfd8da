export { HealthModule } from './health.module.js';
export { Stopping } from './readiness.js';
