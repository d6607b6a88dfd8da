import { Logger } from '@nestjs/common';
import { Cluster, Redis } from 'ioredis';
import { CacheConfig, type RedisConfig, readConfig, SheddingConfig } from '#libs/config';
import { RedisLink } from '#libs/redis';
import { DependencyPolicy, ResilienceEvents } from '#libs/resilience';
import { type Clock, MonotonicClock } from '#src/libs/cache/src/clock';
import type { CacheEntry, CacheKey } from '#src/libs/cache/src/entry/entry';
import { EntryMaker } from '#src/libs/cache/src/entry/make-entry';
import { CacheEvents } from '#src/libs/cache/src/events';
import { GroupGenerations } from '#src/libs/cache/src/groups/group-generations';
import { CacheReader } from '#src/libs/cache/src/read/cache-reader';
import { FailureMemory } from '#src/libs/cache/src/read/failure-memory';
import { Fetcher } from '#src/libs/cache/src/read/fetcher';
import { Glances } from '#src/libs/cache/src/read/glances';
import { LastResort } from '#src/libs/cache/src/read/last-resort';
import { LoadLimit } from '#src/libs/cache/src/read/load-limit';
import { Origin } from '#src/libs/cache/src/read/origin';
import { ReadDeadline } from '#src/libs/cache/src/read/read-deadline';
import { Refresher } from '#src/libs/cache/src/read/refresher';
import { Revalidator } from '#src/libs/cache/src/sync/revalidator';
import { GarbageReport } from '#src/libs/cache/src/tiers/garbage-report';
import type { MemoryTier } from '#src/libs/cache/src/tiers/memory-tier';
import { RedisTier } from '#src/libs/cache/src/tiers/redis-tier';
import { SharedGlance } from '#src/libs/cache/src/tiers/shared-glance';
import { Tombstones } from '#src/libs/cache/src/tiers/tombstones';
import type { MemoryTrust } from '#src/libs/cache/src/trust/memory-trust';
import type { SharedTrust } from '#src/libs/cache/src/trust/shared-trust';
import { Changes } from '#src/libs/cache/src/write/changes';
import { clusterClient, singleClient } from '#src/libs/redis/src/client-options';
import { createMemory } from './memory.ts';
import { trackNode } from './track-node.ts';
import { until } from './until.ts';

// A connection that stands is no news to a test.
Logger.overrideLogger(false);

/** The whole cache engine as one process has it: its own memory, its own connection to the shared Redis. */
export interface CacheNode {
  readonly link: RedisLink;
  readonly memory: MemoryTier;
  readonly shared: RedisTier;
  readonly reader: CacheReader;
  readonly glances: Glances;
  readonly refresher: Refresher;
  readonly groups: GroupGenerations;
  readonly changes: Changes;
  readonly tombstones: Tombstones;
  readonly revalidator: Revalidator;
  readonly trust: SharedTrust;
  readonly memoryTrust: MemoryTrust;
  readonly events: CacheEvents;
  readonly maker: EntryMaker;
  readonly config: CacheConfig;
  /** What Redis holds under a key, if it is an entry. */
  entryInRedis(key: CacheKey): Promise<CacheEntry | null>;
  close(): void;
}

export interface CacheNodeOptions {
  /** As in REDIS_URL; empty for none. */
  readonly redisUrl: string;
  readonly clock?: Clock;
  readonly config?: Partial<CacheConfig>;
  readonly shedding?: Partial<SheddingConfig>;
  /** Default: so long that a busy test machine is not taken for a Redis that is away. */
  readonly commandTimeout?: string;
  /** Whether memory is told of changes: by Redis itself, or by way of another address. Default: not. */
  readonly tracked?: true | string;
}

function connect(config: RedisConfig) {
  const { server } = config;
  if (server.kind === 'absent') return null;
  if (server.kind === 'single') {
    const { url, ...options } = singleClient(config, server.url);
    return new Redis(url, options);
  }
  const { nodes, ...options } = clusterClient(config, server.urls);
  return new Cluster(nodes, options);
}

export async function createCacheNode(options: CacheNodeOptions): Promise<CacheNode> {
  const { clock = new MonotonicClock(), redisUrl } = options;
  const { commandTimeout = '2s' } = options;
  const settings = {
    DATABASE_URL: 'postgres://x/x',
    REDIS_URL: redisUrl,
    REDIS_COMMAND_TIMEOUT: commandTimeout,
  };
  const all = readConfig(settings);
  const config = { ...all.cache, l1UnsyncedTtlMs: 3_600_000, ...options.config };
  const client = connect(all.redis);
  const policy = new DependencyPolicy(
    { dependency: 'redis', timeoutMs: 2_000, failures: 5, windowMs: 10_000, openMs: 30_000 },
    new ResilienceEvents(),
  );
  const link = new RedisLink({ client }, policy);
  link.onModuleInit();
  if (client !== null) await until('the node is connected', () => client.status === 'ready');
  const events = new CacheEvents();
  const { memory, prefixes, trust: memoryTrust, shared: trust } = createMemory(config, clock, events);
  const shared = new RedisTier(link, clock, config, trust, new GarbageReport(), events);
  const failures = new FailureMemory(clock, config);
  const maker = new EntryMaker(clock, config);
  // A busy test machine is no overload, and a fake clock does not end a real deadline.
  const bounds = { ...all.shedding, readTimeoutMs: 60_000, ...options.shedding };
  const limit = new LoadLimit(clock, config, bounds, events);
  const origin = new Origin(shared, failures, limit, maker, clock, events);
  const refresher = new Refresher(memory, shared, origin, failures, clock, events);
  const fetcher = new Fetcher(memory, shared, origin, refresher, trust, clock, config, events);
  const glances = new Glances(memory, new SharedGlance(link, clock, trust));
  const lastResort = new LastResort(memory, shared, events);
  const deadline = new ReadDeadline(bounds, events);
  const reader = new CacheReader(
    memory,
    memoryTrust,
    shared,
    origin,
    fetcher,
    refresher,
    lastResort,
    deadline,
    clock,
    events,
  );
  const groups = new GroupGenerations(link, clock, config, memoryTrust, trust);
  const tombstones = new Tombstones(link, config, trust);
  const changes = new Changes(memory, shared, tombstones, groups, maker, clock);
  const revalidator = new Revalidator(memory, shared, events);
  const node = {
    link,
    memory,
    shared,
    reader,
    glances,
    refresher,
    groups,
    changes,
    tombstones,
    revalidator,
    trust,
    memoryTrust,
    events,
    maker,
    config,
    entryInRedis: async (key: CacheKey) => {
      const found = await shared.peekUntrusted(key);
      return found.kind === 'entry' ? found.entry : null;
    },
  };
  const parts = { client, link, redisConfig: all.redis, prefixes, revalidator, clock };
  const untrack = options.tracked === undefined ? undefined : await trackNode(node, parts, options.tracked);
  return {
    ...node,
    close: () => {
      untrack?.();
      client?.disconnect();
    },
  };
}
