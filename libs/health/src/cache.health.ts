import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { L1Tier, L1Trust, L2Trust } from '#libs/cache';
import { RecordingWatch } from '#libs/coherence';
import { RedisLink, TrackingLinks } from '#libs/redis';

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
    const inStep = this.l1Trust.isSynced;
    return inStep
      ? indicator.up({ ...facts, tracking, trust })
      : indicator.degraded({ ...facts, tracking, trust, ...message });
  }
}
