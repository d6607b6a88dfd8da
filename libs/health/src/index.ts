export { HealthModule } from './health.module.js';
export { Stopping } from './stopping.js';
