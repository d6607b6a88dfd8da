export { HealthModule, Stopping } from './health.controller.js';
