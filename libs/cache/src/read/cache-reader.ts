import { Injectable } from '@nestjs/common';
import { CacheConfig } from '#libs/config';
import { Clock } from '../clock.js';
import type { CacheEntry, CacheKey } from '../entry/entry.js';
import { etagOf } from '../entry/etag.js';
import { freshForMs } from '../entry/lifetimes.js';
import { CacheEvents } from '../events.js';
import { MemoryTier } from '../tiers/memory-tier.js';
import { RedisTier } from '../tiers/redis-tier.js';
import type { Load, Loaded } from './loaded.js';
import { SingleFlight } from './single-flight.js';

/** An entry, and where it came from. */
export interface CacheRead {
  readonly source: 'memory' | 'redis' | 'origin';
  readonly entry: CacheEntry;
}

/** Reads through memory, then Redis, then the source, and leaves what it found in the tiers on the way back. */
@Injectable()
export class CacheReader {
  private readonly flights = new SingleFlight<CacheKey, CacheRead>();

  constructor(
    private readonly memory: MemoryTier,
    private readonly redis: RedisTier,
    private readonly clock: Clock,
    private readonly config: CacheConfig,
    private readonly events: CacheEvents,
  ) {}

  /**
   * @param load asks the source; called at most once for all concurrent readers of a key
   * @throws what `load` throws
   */
  async read(key: CacheKey, load: Load): Promise<CacheRead> {
    const entry = this.memory.get(key);
    if (entry !== undefined) {
      this.events.emit('hit', 'l1');
      return { source: 'memory', entry };
    }
    this.events.emit('miss', 'l1');
    return this.flights.run(
      key,
      () => this.readShared(key, load),
      () => this.events.emit('coalesced'),
    );
  }

  /** Reads the source whatever the tiers hold, and renews them. */
  async readSource(key: CacheKey, load: Load): Promise<CacheRead> {
    const entry = this.entryOf(key, await load());
    this.memory.put(entry);
    await this.redis.put(entry);
    return { source: 'origin', entry };
  }

  private async readShared(key: CacheKey, load: Load): Promise<CacheRead> {
    const found = await this.redis.get(key);
    this.events.emit(found.kind === 'hit' ? 'hit' : 'miss', 'redis');
    if (found.kind !== 'hit') return this.readSource(key, load);
    this.memory.put(found.entry);
    return { source: 'redis', entry: found.entry };
  }

  private entryOf(key: CacheKey, loaded: Loaded): CacheEntry {
    const loadedAtMs = this.clock.nowMs();
    const freshUntilMs = loadedAtMs + freshForMs(loaded.state, this.config);
    const base = { key, version: loaded.version, loadedAtMs, freshUntilMs };
    if (loaded.state === 'absent') return { state: 'absent', ...base };
    return { state: 'present', ...base, body: loaded.body, etag: etagOf(loaded.body) };
  }
}
