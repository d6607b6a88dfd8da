import type { CacheConfig, SheddingConfig } from '#libs/config';
import type { RedisLink, TrackingLinks } from '#libs/redis';
import { Cache } from './cache.js';
import { type Clock, MonotonicClock } from './clock.js';
import { EntryMaker } from './entry/make-entry.js';
import { CacheEvents } from './events.js';
import { GroupGenerations } from './groups/group-generations.js';
import { BatchGet } from './read/batch-get.js';
import { CacheReader } from './read/cache-reader.js';
import { LoadLimit } from './read/load-limit.js';
import { NegativeCache } from './read/negative-cache.js';
import { Origin } from './read/origin.js';
import { ReadDeadline } from './read/read-deadline.js';
import { Refresher } from './read/refresher.js';
import { MemorySync, OwnCaches } from './sync/memory-sync.js';
import { Revalidator } from './sync/revalidator.js';
import { Doorkeeper } from './tiers/doorkeeper.js';
import { GarbageReport } from './tiers/garbage-report.js';
import { UnusableChanges } from './tiers/key-changes.js';
import { L1Tier } from './tiers/l1-tier.js';
import { L2BatchGet } from './tiers/l2-batch-get.js';
import { L2Tier } from './tiers/l2-tier.js';
import { MemoryGauge } from './tiers/memory-gauge.js';
import { Tombstones } from './tiers/tombstones.js';
import { MemoryTrust } from './trust/memory-trust.js';
import { SharedTrust } from './trust/shared-trust.js';
import { TrackedPrefixes } from './trust/tracked-prefixes.js';
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
  const sharedTrust = new SharedTrust(clock, events);
  const memoryTrust = new MemoryTrust(clock, config, trackedPrefixes, sharedTrust);
  const doorkeeper = new Doorkeeper(clock);
  const memory = new L1Tier(config, clock, memoryTrust, doorkeeper);
  return { trackedPrefixes, sharedTrust, memoryTrust, doorkeeper, memory };
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
  const { trackedPrefixes, sharedTrust, memoryTrust, doorkeeper, memory } = createL1(options, clock, events);
  const shared = new L2Tier(link, clock, config, sharedTrust, new GarbageReport(), events);

  const failures = new NegativeCache(clock, config);
  const maker = new EntryMaker(clock, config);
  const limit = new LoadLimit(clock, config, shedding, events);
  const origin = new Origin(shared, failures, limit, maker, doorkeeper, clock, events);
  const refresher = new Refresher(memory, shared, origin, failures, clock, events);
  const reader = new CacheReader({
    memory,
    memoryTrust,
    shared,
    sharedTrust,
    origin,
    refresher,
    deadline: new ReadDeadline(shedding, events),
    doorkeeper,
    clock,
    config,
    events,
  });
  const batchGet = new BatchGet(memory, new L2BatchGet(link, clock, config, sharedTrust, shared));

  const groups = new GroupGenerations(link, clock, config, memoryTrust, sharedTrust, doorkeeper);
  const tombstones = new Tombstones(link, config, new UnusableChanges(events), sharedTrust);
  const changes = new Changes(memory, shared, tombstones, groups, maker, clock);

  const own = new OwnCaches(memory, groups, failures);
  const revalidator = new Revalidator(memory, shared, events);
  const sync = new MemorySync(
    link,
    tracking,
    trackedPrefixes,
    memory,
    memoryTrust,
    sharedTrust,
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
    sharedTrust,
    memoryTrust,
    memory,
    shared,
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
    gauge: new MemoryGauge(memory, events),
    hotList: new HotList(memory, link, sharedTrust, config),
    warmStart: new WarmStart(memory, shared, link, memoryTrust, clock, config),
  });
}
