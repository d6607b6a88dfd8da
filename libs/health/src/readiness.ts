import { Injectable } from '@nestjs/common';
import { L1Tier } from '#libs/cache';
import { RedisLink } from '#libs/redis';
import { DependencyWatch } from './dependency-check.js';

/** The results of the indicators. */
export interface DependencyStates {
  readonly postgres: 'up' | 'down';
  readonly redis: 'up' | 'down' | 'absent';
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
    return canAnswerReads(
      { postgres, redis: this.redisState(), entriesInL1: this.l1.count },
      this.reachedPostgresOnce,
    );
  }

  private redisState(): 'up' | 'down' | 'absent' {
    const { state } = this.redisLink;
    if (state === 'connected') return this.watch.redis.lastKnown;
    return state === 'absent' ? 'absent' : 'down';
  }
}

/** Whether a stop has begun: the service still answers, but traffic should go elsewhere. */
@Injectable()
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
