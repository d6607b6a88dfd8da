import { Injectable } from '@nestjs/common';
import type { CacheKey } from '../entry/entry.js';
import { GroupGenerations } from '../groups/group-generations.js';
import { MemoryTier } from '../tiers/memory-tier.js';
import { type PutOutcome, RedisTier } from '../tiers/redis-tier.js';

/** Takes in what changed at the source. Both ways there, the fast and the sure, end here, and may both come. */
@Injectable()
export class Changes {
  constructor(
    private readonly memory: MemoryTier,
    private readonly shared: RedisTier,
    private readonly groups: GroupGenerations,
  ) {}

  /**
   * A thing changed: nothing older than this version is true any more.
   *
   * @returns `unavailable` where Redis could not be told, and has to be told again
   */
  async changed(key: CacheKey, version: number): Promise<PutOutcome> {
    const outcome = await this.shared.putTombstone(key, version);
    this.memory.invalidate(key);
    return outcome;
  }

  /** Something in a group changed. @returns whether Redis could be told */
  groupChanged(group: CacheKey): Promise<boolean> {
    return this.groups.begin(group);
  }
}
