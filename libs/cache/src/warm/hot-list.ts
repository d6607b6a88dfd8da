import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { CacheConfig } from '#libs/config';
import { RedisLink } from '#libs/redis';
import { MemoryTier } from '../tiers/memory-tier.js';
import { WARM_KEY } from './warm-key.js';

const EVERY_MS = 30_000;
const LIFE_SECONDS = 86_400;

/** Leaves word in Redis of which keys are hot here, for the processes that start later. */
@Injectable()
export class HotList implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly memory: MemoryTier,
    private readonly redis: RedisLink,
    private readonly config: CacheConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.warmKeys === 0) return;
    this.timer = setInterval(() => void this.publish(), EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    if (this.config.warmKeys > 0) await this.publish();
  }

  async publish(): Promise<void> {
    const keys = this.memory.hotKeys(this.config.warmKeys);
    if (keys.length === 0) return;
    await this.redis.run((client) => client.set(WARM_KEY, JSON.stringify(keys), 'EX', LIFE_SECONDS));
  }
}
