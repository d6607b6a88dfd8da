import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { DatabaseLink } from '#libs/db';
import { PostgresPolicy } from '#libs/resilience/nest';
import { DependencyWatch, factsOf, SKIPPED, UNKNOWN } from './dependency-check.js';
import { Readiness } from './readiness.js';

/** Reports Postgres by the last check in the background. */
@Injectable()
export class PostgresHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly watch: DependencyWatch,
    private readonly database: DatabaseLink,
    private readonly readiness: Readiness,
    @Inject(PostgresPolicy) private readonly policy: PostgresPolicy,
  ) {}

  /** Down only if no read can be answered. */
  check(): HealthIndicatorResult {
    const indicator = this.indicators.check('postgres');
    const { state } = this.watch.postgres;
    const breaker = this.policy.state;
    const facts = { ...factsOf(state), breaker };
    if (!this.readiness.canAnswerReads())
      return indicator.down({ ...facts, message: 'no read can be answered' });
    if (state.kind === 'unknown') return indicator.degraded({ ...facts, message: UNKNOWN });
    if (state.kind === 'down')
      return indicator.degraded({ ...facts, message: 'not reachable; hits are served' });
    if (breaker !== 'closed') return indicator.degraded({ ...facts, message: SKIPPED });
    if (this.database.isReadOnly)
      return indicator.degraded({ ...facts, message: 'read-only; changes are refused' });
    return indicator.up(facts);
  }
}
