import type { ResilienceConfig } from '#libs/config';
import { DependencyPolicy } from './dependency-policy.js';
import type { ResilienceEvents } from './events.js';
import { isRedisUnwell } from './redis-faults.js';

/** The breaker that every policy has. */
export const breakerOf = (config: ResilienceConfig) => ({
  failures: config.breakerFailures,
  windowMs: config.breakerWindowMs,
  openMs: config.breakerOpenMs,
});

/** What stands in front of Redis. @param timeoutMs after which a command is given up */
export function redisPolicy(
  breaker: ResilienceConfig,
  timeoutMs: number,
  events: ResilienceEvents,
): DependencyPolicy {
  return new DependencyPolicy(
    { dependency: 'redis', timeoutMs, countsAsFailure: isRedisUnwell, ...breakerOf(breaker) },
    events,
  );
}
