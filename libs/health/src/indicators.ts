import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { L1Tier, L1Trust, L2Trust } from '#libs/cache';
import { RecordingWatch } from '#libs/coherence';
import { DatabaseLink } from '#libs/db';
import { RedisLink, TrackingLinks } from '#libs/redis';
import { PostgresPolicy, RedisPolicy } from '#libs/resilience/nest';
import { DependencyWatch, factsOf, SKIPPED, UNKNOWN } from './dependency-check.js';

/** The results of the indicators. */
export interface DependencyStates {
  readonly postgres: 'up' | 'down';
  /** `down` also if none is configured. */
  readonly redis: 'up' | 'down';
  /** Entries in L1. */
  readonly entriesInL1: number;
}

/**
 * Whether a balancer should send reads here. Taking a process out because a dependency is away would take all of
 * them out at once, while each could still answer; so only a process that can answer no read is not ready. One
 * that never reached Postgres waits for it: its L1 is empty, and whether Redis holds anything is unknown.
 */
export function canAnswerReads(states: DependencyStates, reachedPostgresOnce: boolean): boolean {
  if (states.postgres === 'up') return true;
  return reachedPostgresOnce && (states.redis === 'up' || states.entriesInL1 > 0);
}

/** Whether this process can answer reads. */
@Injectable()
export class Readiness {
  private reachedPostgresOnce = false;

  constructor(
    private readonly watch: DependencyWatch,
    private readonly redisLink: RedisLink,
    private readonly l1: L1Tier,
  ) {}

  canAnswerReads(): boolean {
    const postgres = this.watch.postgres.lastKnown;
    this.reachedPostgresOnce ||= postgres === 'up';
    const redis = this.redisLink.state === 'connected' ? this.watch.redis.lastKnown : 'down';
    return canAnswerReads({ postgres, redis, entriesInL1: this.l1.count }, this.reachedPostgresOnce);
  }
}

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

const FOREIGN = 'another database uses the same Redis namespace; set REDIS_PREFIX';

/** Reports whether the tiers are coherent. Never down: an entry that cannot be trusted is loaded again. */
@Injectable()
export class CacheHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly redisLink: RedisLink,
    private readonly links: TrackingLinks,
    private readonly l1: L1Tier,
    private readonly l1Trust: L1Trust,
    private readonly l2Trust: L2Trust,
    private readonly recording: RecordingWatch,
  ) {}

  /** Whether L1 receives invalidations, and whether L2 is trusted. */
  check(): HealthIndicatorResult {
    const indicator = this.indicators.check('cache');
    const facts = { entries: this.l1.count, bytes: this.l1.bytes };
    const { fault } = this.recording;
    if (this.redisLink.state === 'absent') {
      const alone = { ...facts, tracking: 'none', trust: 'none' };
      return fault === null ? indicator.up(alone) : indicator.degraded({ ...alone, message: fault });
    }
    const tracking = this.l1Trust.isLinked ? 'linked' : 'lost';
    const { kind } = this.l2Trust.state;
    const trust = kind === 'untrusted' ? 'doubted' : kind;
    if (fault !== null) return indicator.degraded({ ...facts, tracking, trust, message: fault });
    if (this.l2Trust.namespaceOwner === 'foreign')
      return indicator.degraded({ ...facts, tracking, trust, message: FOREIGN });
    const { distrustReason } = this.l2Trust;
    const { refusal } = this.links;
    const reasons = [
      ...(distrustReason === null ? [] : [`L2 is not read: ${distrustReason}`]),
      ...(refusal === null ? [] : [`no invalidations are received: ${refusal}`]),
    ];
    const message = reasons.length === 0 ? {} : { message: reasons.join('; ') };
    const inStep = this.l1Trust.isSynced && this.l2Trust.isTrusted;
    return inStep
      ? indicator.up({ ...facts, tracking, trust })
      : indicator.degraded({ ...facts, tracking, trust, ...message });
  }
}
