export {
  DependencyPolicy,
  type DependencyPolicyOptions,
  type Lane,
  type Outcome,
  redisPolicy,
} from './dependency-policy.js';
export { type BreakerState, type Dependency, ResilienceEvents } from './events.js';
export {
  isPostgresUnavailable,
  isReadOnlyRefusal,
  isRedisUnwell,
  isRefusedCommand,
  type RedisRefusal,
  refusalOf,
  sqlStateOf,
} from './faults.js';
export { NameLookup } from './name-lookup.js';
export { isTimeout, Outages } from './outages.js';
export { LastingTrouble, type LogSink, ProcessLogger } from './process-logger.js';
export { BackOff, BudgetedRetry, RecoveryProbe } from './retries.js';
