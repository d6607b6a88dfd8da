import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { RedisLink } from '#libs/redis';
import { RedisPolicy } from '#libs/resilience/nest';
import { DependencyWatch, factsOf, SKIPPED, UNKNOWN } from './dependency-check.js';

/** Reports Redis by the last check in the background and by the state of the connection. */
@Injectable()
export class RedisHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly watch: DependencyWatch,
    private readonly link: RedisLink,
    @Inject(RedisPolicy) private readonly policy: RedisPolicy,
  ) {}

  /** Never down: the service answers without. */
  check(): HealthIndicatorResult {
    const indicator = this.indicators.check('redis');
    const connection = this.link.state;
    if (connection === 'absent')
      return indicator.up({ message: 'not configured; every process caches alone' });
    const { state } = this.watch.redis;
    const breaker = this.policy.state;
    const facts = { ...factsOf(state), breaker };
    const { refusal } = this.link;
    if (refusal !== null)
      return indicator.degraded({ ...facts, message: `${refusal}; reads go to L1 and Postgres` });
    // The connection reports its loss immediately, the check within its period.
    if (connection === 'disconnected' || state.kind === 'down')
      return indicator.degraded({ ...facts, message: 'not reachable; reads go to L1 and Postgres' });
    if (state.kind === 'unknown') return indicator.degraded({ ...facts, message: UNKNOWN });
    return breaker === 'closed' ? indicator.up(facts) : indicator.degraded({ ...facts, message: SKIPPED });
  }
}
