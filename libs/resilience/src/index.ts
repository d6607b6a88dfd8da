export { DependencyPolicy, type DependencyPolicyOptions, type Lane } from './dependency-policy.js';
export { type BreakerState, type Dependency, ResilienceEvents } from './events.js';
export type { Outcome } from './outcome.js';
export { isPostgresUnavailable } from './postgres-unavailable.js';
export { RecoveryProbe } from './recovery-probe.js';
export { PostgresPolicy, PostgresWriteLane, RedisPolicy, ResilienceModule } from './resilience.module.js';
