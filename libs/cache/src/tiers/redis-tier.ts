import { Injectable, Logger } from '@nestjs/common';
import { RedisLink } from '#libs/redis';
import { Clock } from '../clock.js';
import { decodeEntry, encodeEntry } from '../entry/codec.js';
import type { CacheEntry, CacheKey } from '../entry/entry.js';

/** What the shared tier knows of a key, or that it could not be asked. */
export type SharedLookup =
  | { readonly kind: 'hit'; readonly entry: CacheEntry }
  | { readonly kind: 'miss' }
  | { readonly kind: 'unavailable' };

/** L2: Redis, shared by every process. Garbage in it is a miss; its absence is an outcome, never an error. */
@Injectable()
export class RedisTier {
  private readonly logger = new Logger('RedisTier');
  private garbageSeen = false;

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
  ) {}

  async get(key: CacheKey): Promise<SharedLookup> {
    // Two commands of one tick, so one round trip.
    const found = await this.redis.run((client) => Promise.all([client.getBuffer(key), client.pttl(key)]));
    if (found.kind !== 'answered') return { kind: 'unavailable' };
    const [bytes, freshLeftMs] = found.value;
    if (bytes === null || freshLeftMs <= 0) return { kind: 'miss' };
    const entry = decodeEntry(key, bytes, freshLeftMs, this.clock.nowMs());
    if (entry !== null) return { kind: 'hit', entry };
    this.reportGarbage(key);
    return { kind: 'miss' };
  }

  /** Keeps an entry until its fresh time ends. A Redis that is away just does not get it. */
  async put(entry: CacheEntry): Promise<void> {
    const leftMs = Math.floor(entry.freshUntilMs - this.clock.nowMs());
    if (leftMs <= 0) return;
    await this.redis.run((client) => client.set(entry.key, encodeEntry(entry), 'PX', leftMs));
  }

  /** Once a process: a foreign writer on our keys would otherwise fill the log with every read. */
  private reportGarbage(key: CacheKey): void {
    if (this.garbageSeen) return;
    this.garbageSeen = true;
    this.logger.warn(`${key} holds something that is not an entry of this release; taken for a miss`);
  }
}
