import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { z } from 'zod';
import { CacheConfig } from '#libs/config';
import { RedisLink } from '#libs/redis';
import { Clock } from '../clock.js';
import type { CacheKey } from '../entry/entry.js';
import { MemoryTier } from '../tiers/memory-tier.js';
import { RedisTier } from '../tiers/redis-tier.js';
import { MemoryTrust } from '../trust/memory-trust.js';
import { WARM_KEY } from './warm-key.js';

/** A round trip's worth of keys; between two, Redis serves the others. */
const BATCH = 100;
/** A start is not held up for longer than this, however many keys were asked for. */
const MAX_MS = 2_000;
/** How long the connection to Redis may take to come up. */
const CONNECT_MS = 500;

const keyList = z.array(z.custom<CacheKey>((key) => typeof key === 'string' && /^[^:]+:./.test(key)));

/** Takes the hottest keys from Redis into memory before the process is ready. Loads nothing: what is gone is gone. */
@Injectable()
export class WarmStart implements OnApplicationBootstrap {
  private readonly logger = new Logger('WarmStart');

  constructor(
    private readonly memory: MemoryTier,
    private readonly shared: RedisTier,
    private readonly redis: RedisLink,
    private readonly trust: MemoryTrust,
    private readonly clock: Clock,
    private readonly config: CacheConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.warmKeys === 0) return;
    await this.redis.connectedWithin(CONNECT_MS);
    // What is taken before memory is told of changes would have to be compared again at its first read.
    await this.trust.syncedWithin(CONNECT_MS);
    const endsAtMs = this.clock.nowMs() + MAX_MS;
    const keys = (await this.hotKeys()).slice(0, this.config.warmKeys);
    for (let at = 0; at < keys.length && this.clock.nowMs() < endsAtMs; at += BATCH) {
      await Promise.all(keys.slice(at, at + BATCH).map((key) => this.take(key)));
    }
    this.logger.log(`${this.memory.count} hot entries taken from Redis`);
  }

  private async hotKeys(): Promise<CacheKey[]> {
    const reply = await this.redis.run((client) => client.get(WARM_KEY));
    if (reply.kind !== 'answered' || reply.value === null) return [];
    try {
      return keyList.parse(JSON.parse(reply.value));
    } catch {
      return [];
    }
  }

  private take(key: CacheKey): Promise<unknown> {
    return this.memory.filling(key, async (token) => {
      const found = await this.shared.peek(key);
      if (found.kind === 'entry') this.memory.fill(found.entry, token, 'redis');
    });
  }
}
