import type { Scenario } from 'k6/options';
import { duration } from './plan.ts';

/** k6's; the type packages do not have it. */
declare const console: { warn(text: string): void };

/**
 * Scenarios that say when Redis is to be lost and to come back. k6 cannot break it: run.sh does when it reads these lines,
 * or a person.
 *
 * @param from seconds after setup()
 * @param seconds how long Redis is to stay away
 */
export function redisSignals(from: number, seconds: number): Record<string, Scenario> {
  const once = { executor: 'shared-iterations', vus: 1, iterations: 1 } as const;
  return {
    break_redis: {
      ...once,
      exec: 'breakRedis',
      startTime: duration(from),
      env: { SECONDS: String(seconds) },
    },
    mend_redis: { ...once, exec: 'mendRedis', startTime: duration(from + seconds) },
  };
}

export function breakRedis(): void {
  console.warn(`BREAK REDIS for ${Math.round(Number(__ENV['SECONDS']))} s now`);
}

export function mendRedis(): void {
  console.warn('MEND REDIS now');
}
