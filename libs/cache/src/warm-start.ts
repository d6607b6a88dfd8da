import { z } from 'zod';
import { CacheConfig } from '#libs/config';
import { RedisLink } from '#libs/redis';
import { ProcessLogger } from '#libs/resilience';
import { type CacheKey, Clock } from './entry/entry.js';
import { L1Tier } from './tiers/l1-tier.js';
import { L2Reads } from './tiers/l2-reads.js';
import { L1Trust, L2Trust } from './trust.js';

/** Outside the tracked prefixes: a change of the list invalidates nothing. */
const WARM_KEY = 'warm:keys';

const EVERY_MS = 30_000;
const LIFE_SECONDS = 86_400;

/** Stores the hottest keys of this process in Redis, for processes that start later. */
export class HotList {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly l1: L1Tier,
    private readonly redis: RedisLink,
    private readonly trust: L2Trust,
    private readonly config: CacheConfig,
  ) {}

  start(): void {
    if (this.config.warmKeys === 0) return;
    this.timer = setInterval(() => void this.publish(), EVERY_MS).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    if (this.config.warmKeys > 0) await this.publish();
  }

  async publish(): Promise<void> {
    const keys = this.l1.hotKeys(this.config.warmKeys);
    if (keys.length === 0 || this.trust.namespaceOwner !== 'own') return;
    await this.redis.run((client) => client.set(WARM_KEY, JSON.stringify(keys), 'EX', LIFE_SECONDS));
  }
}

/** A round trip's worth of keys; between two, Redis serves the others. */
const BATCH = 100;
/** A start is not held up for longer than this, however many keys were asked for. */
const MAX_MS = 2_000;
/** How long the connection to Redis may take to come up. */
const CONNECT_MS = 500;

const keyList = z.array(z.custom<CacheKey>((key) => typeof key === 'string' && /^[^:]+:./.test(key)));

/** Copies the hottest keys from L2 to L1 before the process is ready. Loads nothing from the origin. */
export class WarmStart {
  private readonly logger = new ProcessLogger('WarmStart');

  constructor(
    private readonly l1: L1Tier,
    private readonly reads: L2Reads,
    private readonly redis: RedisLink,
    private readonly trust: L1Trust,
    private readonly clock: Clock,
    private readonly config: CacheConfig,
  ) {}

  async take(): Promise<void> {
    if (this.config.warmKeys === 0) return;
    await this.redis.connectedWithin(CONNECT_MS);
    // An entry that is copied before L1 is synced would have to be compared again at its first read.
    await this.trust.syncedWithin(CONNECT_MS);
    const endsAtMs = this.clock.nowMs() + MAX_MS;
    const keys = (await this.hotKeys()).slice(0, this.config.warmKeys);
    for (let at = 0; at < keys.length && this.clock.nowMs() < endsAtMs; at += BATCH) {
      await Promise.all(keys.slice(at, at + BATCH).map((key) => this.takeOne(key)));
    }
    this.logger.log(`${this.l1.count} hot entries taken from Redis`);
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

  private takeOne(key: CacheKey): Promise<unknown> {
    return this.l1.filling(key, async (token) => {
      const found = await this.reads.ask(token, false);
      if (found.kind === 'hit') this.l1.fill(found.entry, token, 'l2');
    });
  }
}
