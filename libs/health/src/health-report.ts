import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { MemoryTier, MemoryTrust, SharedTrust } from '#libs/cache';
import { RedisLink } from '#libs/redis';
import { PostgresPolicy, RedisPolicy } from '#libs/resilience';
import type { CheckState } from './dependency-check.js';
import { DependencyWatch } from './dependency-watch.js';
import { canAnswerReads } from './readiness.js';

/**
 * What is known right now, without asking anyone. For whoever may reach the probes, so no address, no port and no text
 * of an error is in it.
 */
@Injectable()
export class HealthReport {
  private reachedPostgresOnce = false;

  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly watch: DependencyWatch,
    private readonly redisLink: RedisLink,
    @Inject(PostgresPolicy) private readonly postgresPolicy: PostgresPolicy,
    @Inject(RedisPolicy) private readonly redisPolicy: RedisPolicy,
    private readonly memory: MemoryTier,
    private readonly memoryTrust: MemoryTrust,
    private readonly sharedTrust: SharedTrust,
  ) {}

  /** Down only where no read can be answered. */
  postgres(): HealthIndicatorResult {
    const indicator = this.indicators.check('postgres');
    const { state } = this.watch.postgres;
    const breaker = this.postgresPolicy.state;
    const facts = { ...factsOf(state), breaker };
    if (!this.canAnswerReads()) return indicator.down({ ...facts, message: 'no read can be answered' });
    if (state.kind === 'unknown') return indicator.degraded({ ...facts, message: UNKNOWN });
    if (state.kind === 'down')
      return indicator.degraded({ ...facts, message: 'not reachable; what the caches hold is served' });
    return breaker === 'closed' ? indicator.up(facts) : indicator.degraded({ ...facts, message: SKIPPED });
  }

  /** Never down: the service answers without. */
  redis(): HealthIndicatorResult {
    const indicator = this.indicators.check('redis');
    const connection = this.redisLink.state;
    if (connection === 'absent')
      return indicator.up({ message: 'not configured; every process caches alone' });
    const { state } = this.watch.redis;
    const breaker = this.redisPolicy.state;
    const facts = { ...factsOf(state), breaker };
    // The connection tells of its loss at once, the check within its period.
    if (connection === 'disconnected' || state.kind === 'down')
      return indicator.degraded({ ...facts, message: 'not reachable; reads go to memory and Postgres' });
    if (state.kind === 'unknown') return indicator.degraded({ ...facts, message: UNKNOWN });
    return breaker === 'closed' ? indicator.up(facts) : indicator.degraded({ ...facts, message: SKIPPED });
  }

  /** Whether memory is told of changes, and whether Redis is believed. */
  cache(): HealthIndicatorResult {
    const indicator = this.indicators.check('cache');
    const facts = { entries: this.memory.count, bytes: this.memory.bytes };
    if (this.redisLink.state === 'absent') return indicator.up({ ...facts, tracking: 'none', trust: 'none' });
    const tracking = this.memoryTrust.isLinked ? 'linked' : 'lost';
    const trust = this.sharedTrust.state.kind;
    const inStep = this.memoryTrust.isSynced;
    return inStep
      ? indicator.up({ ...facts, tracking, trust })
      : indicator.degraded({ ...facts, tracking, trust });
  }

  private canAnswerReads(): boolean {
    const postgres = this.watch.postgres.lastKnown;
    this.reachedPostgresOnce ||= postgres === 'up';
    return canAnswerReads(
      { postgres, redis: this.redisState(), entriesInMemory: this.memory.count },
      this.reachedPostgresOnce,
    );
  }

  private redisState(): 'up' | 'down' | 'absent' {
    const { state } = this.redisLink;
    if (state === 'connected') return this.watch.redis.lastKnown;
    return state === 'absent' ? 'absent' : 'down';
  }
}

const UNKNOWN = 'not checked for a while; the process may be overloaded';
const SKIPPED = 'failed lately; calls are skipped for now';

function factsOf({ latencyMs, ageMs }: CheckState) {
  const rounded = (ms: number | null) => (ms === null ? null : Math.round(ms * 10) / 10);
  return { latency_ms: rounded(latencyMs), checked_ms_ago: rounded(ageMs) };
}
