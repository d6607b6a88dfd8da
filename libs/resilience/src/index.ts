export { AdaptiveLimit } from './adaptive-limit.js';
export type { Outcome } from './dependency-policy.js';
export { DependencyPolicy, type DependencyPolicyOptions, type Lane } from './dependency-policy.js';
export { type BreakerState, type Dependency, ResilienceEvents } from './events.js';
export { LastingTrouble } from './lasting-trouble.js';
export { NameLookup } from './name-lookup.js';
export { isTimeout, Outages } from './outages.js';
export { isPostgresUnavailable, isPostgresUnwell, isReadOnlyRefusal, sqlStateOf } from './postgres-faults.js';
export { type LogSink, ProcessLogger } from './process-logger.js';
export { RecoveryProbe } from './recovery-probe.js';
export {
  isRedisUnwell,
  isRefusedCommand,
  type RedisRefusal,
  redisPolicy,
  refusalOf,
} from './redis-policy.js';
export { BackOff, BudgetedRetry } from './retries.js';
