import type { CacheConfig, SheddingConfig } from '#libs/config';
import type { RedisLink, TrackingLinks } from '#libs/redis';
import { Cache, L1Gauge } from './cache.js';
import { type Clock, EntryMaker, MonotonicClock } from './entry/entry.js';
import { CacheEvents } from './events.js';
import { GroupGenerations } from './groups/group-generations.js';
import { BatchGet } from './read/batch-get.js';
import { CacheReader } from './read/cache-reader.js';
import { LoadLimit, ReadDeadline } from './read/load-shedding.js';
import { NegativeCache, Origin, Refresher } from './read/origin.js';
import { L1Sync, OwnCaches, Revalidator, TrackedPrefixes } from './sync/l1-sync.js';
import { Doorkeeper } from './tiers/doorkeeper.js';
import { L1Tier } from './tiers/l1-tier.js';
import { L2Reads } from './tiers/l2-reads.js';
import { L2Tier } from './tiers/l2-tier.js';
import { Tombstones, UnusableChanges } from './tiers/tombstones.js';
import { L1Trust, L2Trust } from './trust.js';
import { HotList, WarmStart } from './warm-start.js';
import { Changes } from './write/changes.js';

/** The ways to Redis: commands, and the links that report changed keys. `openRedis` of libs/redis makes both. */
export interface CacheRedis {
  readonly link: RedisLink;
  readonly tracking: TrackingLinks;
}

export interface CacheOptions {
  /** Redis as L2. Without a server (`REDIS_URL` empty) the cache has L1 alone. */
  readonly redis: CacheRedis;
  /** Times and sizes of the tiers, as `readConfig` reads them from `CACHE_*`. */
  readonly config: CacheConfig;
  /** Bounds of loads and reads, as `readConfig` reads them. */
  readonly shedding: SheddingConfig;
  /**
   * The beginnings of the keys that are cached, such as `article:`. L1 is kept in step with Redis for these keys; a key with
   * another beginning is trusted for `CACHE_L1_UNSYNCED_TTL` (default 1 s).
   */
  readonly prefixes: readonly string[];
  /** Default: the process's monotonic clock. */
  readonly clock?: Clock;
  /** Emits what the cache does, for metrics and logs. Default: a new one. */
  readonly events?: CacheEvents;
}

/** L1 and what its trust depends on. Both tiers trust what was last compared with the origin. */
function createL1(
  { config, prefixes }: Pick<CacheOptions, 'config' | 'prefixes'>,
  clock: Clock,
  events: CacheEvents,
) {
  const trackedPrefixes = new TrackedPrefixes(prefixes);
  const l2Trust = new L2Trust(clock, events);
  const l1Trust = new L1Trust(clock, config, trackedPrefixes, l2Trust);
  const doorkeeper = new Doorkeeper(clock);
  const l1 = new L1Tier(config, clock, l1Trust, doorkeeper);
  return { trackedPrefixes, l2Trust, l1Trust, doorkeeper, l1 };
}

/**
 * Builds a cache: L1 in this process, L2 in Redis, one load per key in all processes. This is the one composition of the
 * engine; `CacheModule` provides its result in Nest.
 *
 * Nothing is started: `start()` follows Redis, `ready()` waits for the first synchronisation.
 *
 * @throws TypeError if one of `prefixes` begins with another
 */
export function createCache(options: CacheOptions): Cache {
  const { config, shedding, redis } = options;
  const { clock = new MonotonicClock(), events = new CacheEvents() } = options;
  const { link, tracking } = redis;
  const { trackedPrefixes, l2Trust, l1Trust, doorkeeper, l1 } = createL1(options, clock, events);
  const l2 = new L2Tier(link, clock, config, l2Trust, events);
  const l2Reads = new L2Reads(l2, link, l2Trust, clock, config, events);
  const batchGet = new BatchGet(l1, l2, l2Reads, link, l2Trust, clock);

  const failures = new NegativeCache(clock, config);
  const maker = new EntryMaker(clock, config);
  const limit = new LoadLimit(clock, config, shedding, events);
  const origin = new Origin(l2, failures, limit, maker, doorkeeper, clock, events);
  const refresher = new Refresher(l1, l2, l2Reads, origin, failures, clock, events);
  const reader = new CacheReader({
    l1,
    l2,
    l2Reads,
    batchGet,
    l2Trust,
    origin,
    refresher,
    deadline: new ReadDeadline(shedding, events),
    doorkeeper,
    clock,
    config,
    events,
  });

  const groups = new GroupGenerations(link, clock, config, l1Trust, l2Trust, doorkeeper);
  const tombstones = new Tombstones(link, config, new UnusableChanges(events), l2Trust);
  const changes = new Changes(l1, l2, tombstones, groups, maker, clock);

  const own = new OwnCaches(l1, groups, failures);
  const revalidator = new Revalidator(l1, l2Reads, l2Trust, events);
  const sync = new L1Sync(
    link,
    tracking,
    trackedPrefixes,
    l1,
    l1Trust,
    l2Trust,
    groups,
    own,
    revalidator,
    clock,
    events,
  );

  return new Cache({
    limit,
    clock,
    events,
    trackedPrefixes,
    l2Trust,
    l1Trust,
    l1,
    l2,
    l2Reads,
    maker,
    refresher,
    reader,
    batchGet,
    groups,
    tombstones,
    changes,
    own,
    revalidator,
    sync,
    gauge: new L1Gauge(l1, events),
    hotList: new HotList(l1, link, l2Trust, config),
    warmStart: new WarmStart(l1, l2Reads, link, l1Trust, clock, config),
  });
}
