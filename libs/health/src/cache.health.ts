import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { L1Tier, MemoryTrust, SharedTrust } from '#libs/cache';
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
    private readonly memory: L1Tier,
    private readonly memoryTrust: MemoryTrust,
    private readonly sharedTrust: SharedTrust,
    private readonly recording: RecordingWatch,
  ) {}

  /** Whether L1 receives invalidations, and whether L2 is trusted. */
  check(): HealthIndicatorResult {
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
}
