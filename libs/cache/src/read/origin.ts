import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import type { CacheEntry, CacheKey } from '../entry/entry.js';
import { EntryMaker } from '../entry/make-entry.js';
import { CacheEvents } from '../events.js';
import type { FillToken } from '../tiers/fill-fence.js';
import { RedisTier } from '../tiers/redis-tier.js';
import { FailureMemory } from './failure-memory.js';
import { LoadLimit } from './load-limit.js';
import type { LoadPermit } from './load-permit.js';
import { checkLoaded, type Load, type Loaded } from './loaded.js';
import { isOverloaded } from './overloaded.js';

/** `superseded`: a change came, or the lease ran out, while it was loaded. It may be of the past. */
export interface OriginRead {
  readonly entry: CacheEntry;
  readonly standing: 'current' | 'superseded';
}

/** Loads from the source and gives what came to the shared tier. */
@Injectable()
export class Origin {
  constructor(
    private readonly shared: RedisTier,
    private readonly failures: FailureMemory,
    private readonly limit: LoadLimit,
    private readonly maker: EntryMaker,
    private readonly clock: Clock,
    private readonly events: CacheEvents,
  ) {}

  /**
   * @param token the fill of memory that the load is for
   * @throws what `load` throws, now or a short time ago
   */
  async load(token: FillToken, load: Load, permit: LoadPermit): Promise<OriginRead> {
    const { key, knownVersion } = token;
    const startedAtMs = this.clock.nowMs();
    const loaded = await this.ask(key, load, permit, startedAtMs);
    const floorVersion =
      permit.kind === 'leased' ? Math.max(knownVersion, permit.lease.floorVersion) : knownVersion;
    const entry = this.maker.make(key, { loaded, startedAtMs, floorVersion });
    if (permit.kind === 'alone') return { entry, standing: 'current' };
    const filled = await this.shared.fill(entry, permit.lease);
    const refused = filled === 'lease-lost' || filled === 'newer-there';
    return { entry, standing: refused ? 'superseded' : 'current' };
  }

  private async ask(key: CacheKey, load: Load, permit: LoadPermit, startedAtMs: number): Promise<Loaded> {
    try {
      const loaded = await this.loadUnlessFailing(key, load, startedAtMs);
      this.events.emit('load', loaded.state, (this.clock.nowMs() - startedAtMs) / 1_000);
      return loaded;
    } catch (error) {
      if (permit.kind === 'leased') void this.shared.release(permit.lease);
      throw error;
    }
  }

  private async loadUnlessFailing(key: CacheKey, load: Load, startedAtMs: number): Promise<Loaded> {
    const failure = this.failures.recall(key);
    if (failure !== undefined) throw failure.error;
    try {
      return checkLoaded(await this.limit.run(load));
    } catch (error) {
      // The source was not asked: to remember that would refuse the key when there is room again.
      if (isOverloaded(error)) throw error;
      this.failures.remember(key, error);
      this.events.emit('load', 'failed', (this.clock.nowMs() - startedAtMs) / 1_000);
      throw error;
    }
  }
}
