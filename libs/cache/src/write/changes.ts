import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import type { CacheKey } from '../entry/entry.js';
import { EntryMaker } from '../entry/make-entry.js';
import { GroupGenerations } from '../groups/group-generations.js';
import type { Loaded } from '../read/loaded.js';
import type { FillToken } from '../tiers/fill-fence.js';
import type { Lease } from '../tiers/lease.js';
import { MemoryTier } from '../tiers/memory-tier.js';
import { type PutOutcome, RedisTier } from '../tiers/redis-tier.js';
import { type KeyChange, Tombstones } from '../tiers/tombstones.js';

/** Gives a thing's new state to the tiers. Where that is not safe, they learn that it changed. */
export type Renew = (state: Loaded) => Promise<PutOutcome>;

/** Takes in what changed at the source. Both ways there, the fast and the sure, end here, and may both come. */
@Injectable()
export class Changes {
  constructor(
    private readonly memory: MemoryTier,
    private readonly shared: RedisTier,
    private readonly tombstones: Tombstones,
    private readonly groups: GroupGenerations,
    private readonly maker: EntryMaker,
    private readonly clock: Clock,
  ) {}

  /**
   * Things changed: nothing older than these versions is true any more.
   *
   * @returns whether Redis could be told; otherwise it has to be told again
   */
  async changed(changes: readonly KeyChange[]): Promise<boolean> {
    const told = await this.tombstones.put(changes);
    for (const { key, version } of changes) this.memory.changed(key, version);
    return told;
  }

  /** Something in a group changed. @returns whether Redis could be told */
  groupChanged(group: CacheKey): Promise<boolean> {
    return this.groups.begin(group);
  }

  /**
   * Runs a write of a thing, with a lease and a place in memory that were there before it: as with a load, every change
   * that comes in between takes them away, so that the state which the write brings is never let in after a later one.
   *
   * @throws what `write` throws
   */
  async writing<T>(key: CacheKey, write: (renew: Renew) => Promise<T>): Promise<T> {
    const lease = await this.shared.lease(key);
    try {
      return await this.memory.filling(key, (token) => write((state) => this.renew(state, token, lease)));
    } finally {
      // Not ours any more where the new state went in; a write that failed keeps nobody waiting.
      if (lease !== null) void this.shared.release(lease);
    }
  }

  private async renew(loaded: Loaded, token: FillToken, lease: Lease | null): Promise<PutOutcome> {
    const startedAtMs = this.clock.nowMs();
    const entry = this.maker.make(token.key, { loaded, startedAtMs, floorVersion: 0 });
    const outcome = await this.shared.put(entry, lease);
    if (outcome === 'accepted') this.memory.fill(entry, token, 'origin');
    // Only now, since it cancels this one too: whoever joined a read that began before the write reads again.
    this.memory.changed(token.key, entry.version);
    return outcome;
  }
}
