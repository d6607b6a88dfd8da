import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { L1Tier, MemoryTrust, SharedTrust } from '#libs/cache';
import { RecordingWatch } from '#libs/coherence';
import { DatabaseLink } from '#libs/db';
import { RedisLink, TrackingLinks } from '#libs/redis';
import { PostgresPolicy, RedisPolicy } from '#libs/resilience/nest';
import { type CheckState, DependencyWatch } from './dependency-check.js';

/** The results of the indicators. */
export interface DependencyStates {
  readonly postgres: 'up' | 'down';
  readonly redis: 'up' | 'down' | 'absent';
  /** Entries in L1. */
  readonly entriesInMemory: number;
}

/**
 * Whether a balancer should send reads here. Taking a process out because a dependency is away would take all of
 * them out at once, while each could still answer; so only a process that can answer no read is not ready. One
 * that never reached Postgres waits for it: its L1 is empty, and whether Redis holds anything is unknown.
 */
export function canAnswerReads(states: DependencyStates, reachedPostgresOnce: boolean): boolean {
  if (states.postgres === 'up') return true;
  return reachedPostgresOnce && (states.redis === 'up' || states.entriesInMemory > 0);
}

/** Whether a stop has begun: the service still answers, but traffic should go elsewhere. */
export class Stopping {
  private begun = false;

  get hasBegun(): boolean {
    return this.begun;
  }

  begin(): void {
    // guard(readiness-turns-first): drop
    this.begun = true;
  }
}

/**
 * The current state, without a call to a dependency. The probes are public, so the report has no address, no port and
 * no text of an error.
 */
@Injectable()
export class HealthReport {
  private reachedPostgresOnce = false;

  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly watch: DependencyWatch,
    private readonly database: DatabaseLink,
    private readonly redisLink: RedisLink,
    private readonly links: TrackingLinks,
    @Inject(PostgresPolicy) private readonly postgresPolicy: PostgresPolicy,
    @Inject(RedisPolicy) private readonly redisPolicy: RedisPolicy,
    private readonly memory: L1Tier,
    private readonly memoryTrust: MemoryTrust,
    private readonly sharedTrust: SharedTrust,
    private readonly recording: RecordingWatch,
  ) {}

  /** Down only if no read can be answered. */
  postgres(): HealthIndicatorResult {
    const indicator = this.indicators.check('postgres');
    const { state } = this.watch.postgres;
    const breaker = this.postgresPolicy.state;
    const facts = { ...factsOf(state), breaker };
    if (!this.canAnswerReads()) return indicator.down({ ...facts, message: 'no read can be answered' });
    if (state.kind === 'unknown') return indicator.degraded({ ...facts, message: UNKNOWN });
    if (state.kind === 'down')
      return indicator.degraded({ ...facts, message: 'not reachable; hits are served' });
    if (breaker !== 'closed') return indicator.degraded({ ...facts, message: SKIPPED });
    if (this.database.isReadOnly)
      return indicator.degraded({ ...facts, message: 'read-only; changes are refused' });
    return indicator.up(facts);
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
    const { refusal } = this.redisLink;
    if (refusal !== null)
      return indicator.degraded({ ...facts, message: `${refusal}; reads go to L1 and Postgres` });
    // The connection reports its loss immediately, the check within its period.
    if (connection === 'disconnected' || state.kind === 'down')
      return indicator.degraded({ ...facts, message: 'not reachable; reads go to L1 and Postgres' });
    if (state.kind === 'unknown') return indicator.degraded({ ...facts, message: UNKNOWN });
    return breaker === 'closed' ? indicator.up(facts) : indicator.degraded({ ...facts, message: SKIPPED });
  }

  /** Whether L1 receives invalidations, and whether L2 is trusted. */
  cache(): HealthIndicatorResult {
    const indicator = this.indicators.check('cache');
    const facts = { entries: this.memory.count, bytes: this.memory.bytes };
    const { fault } = this.recording;
    if (this.redisLink.state === 'absent') {
      const alone = { ...facts, tracking: 'none', trust: 'none' };
      return fault === null ? indicator.up(alone) : indicator.degraded({ ...alone, message: fault });
    }
    const tracking = this.memoryTrust.isLinked ? 'linked' : 'lost';
    const { kind } = this.sharedTrust.state;
    const trust = kind === 'untrusted' ? 'doubted' : kind;
    if (fault !== null) return indicator.degraded({ ...facts, tracking, trust, message: fault });
    if (this.sharedTrust.namespaceOwner === 'foreign')
      return indicator.degraded({ ...facts, tracking, trust, message: FOREIGN });
    const { distrustReason } = this.sharedTrust;
    const { refusal } = this.links;
    const reasons = [
      ...(distrustReason === null ? [] : [`L2 is not read: ${distrustReason}`]),
      ...(refusal === null ? [] : [`no invalidations are received: ${refusal}`]),
    ];
    const message = reasons.length === 0 ? {} : { message: reasons.join('; ') };
    const inStep = this.memoryTrust.isSynced;
    return inStep
      ? indicator.up({ ...facts, tracking, trust })
      : indicator.degraded({ ...facts, tracking, trust, ...message });
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
const FOREIGN = 'another database uses the same Redis namespace; set REDIS_PREFIX';
const SKIPPED = 'failed lately; calls are skipped for now';

function factsOf({ latencyMs, ageMs }: CheckState) {
  const rounded = (ms: number | null) => (ms === null ? null : Math.round(ms * 10) / 10);
  return { latency_ms: rounded(latencyMs), checked_ms_ago: rounded(ageMs) };
}
