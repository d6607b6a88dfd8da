export type { OpenTelemetry, RemoteParent } from './open-telemetry.js';
export { Tracing, TracingModule } from './tracing.module.js';
