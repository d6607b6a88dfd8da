import { type Cache, type CacheEntry, type CacheKey, type Clock, createCache } from '#libs/cache';
import { type CacheConfig, readConfig, type SheddingConfig } from '#libs/config';
import { type NamespacePurge, openRedis, type RedisLink } from '#libs/redis';
import { ProcessLogger } from '#libs/resilience';
import type { CacheParts } from '#src/libs/cache/src/cache';
import type { L2Reply } from '#src/libs/cache/src/tiers/l2-reads';
import type { L2Trust } from '#src/libs/cache/src/trust';
import { until } from './until.ts';

// A connection that stands is no news to a test.
const silent = () => undefined;
ProcessLogger.sendTo(() => ({ debug: silent, log: silent, warn: silent, error: silent }));

/** The cache as one process has it, with its own connection to the shared Redis; its parts by name. */
export interface CacheNode extends CacheParts {
  readonly cache: Cache;
  readonly link: RedisLink;
  readonly namespace: NamespacePurge;
  readonly trust: L2Trust;
  readonly config: CacheConfig;
  /** As a reader does that loads what is not there. */
  readL2(key: CacheKey): Promise<L2Reply>;
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
  /** Whether L1 follows Redis: over the address of the commands, or by way of another one. Default: not. */
  readonly tracked?: true | string;
}

/** Does not trust Redis until it is verified, in a namespace that is known to be the service's own. */
export function watchOwn(trust: L2Trust): void {
  trust.watch();
  trust.namespaceBelongsTo('own');
}

export async function createCacheNode(options: CacheNodeOptions): Promise<CacheNode> {
  const { clock, redisUrl, commandTimeout = '2s', tracked } = options;
  const settings = {
    DATABASE_URL: 'postgres://x/x',
    REDIS_URL: redisUrl,
    REDIS_COMMAND_TIMEOUT: commandTimeout,
  };
  const all = readConfig(settings);
  const config = { ...all.cache, l1UnsyncedTtlMs: 3_600_000, ...options.config };
  const redis = openRedis(all, {
    timeoutMs: 2_000,
    ...(typeof tracked === 'string' && { trackingUrl: tracked }),
  });
  const { client } = redis;
  if (client !== null) await until('the node is connected', () => client.status === 'ready');
  const cache = createCache({
    redis,
    config,
    // A busy test machine is no overload, and a fake clock does not end a real deadline.
    shedding: { ...all.shedding, readTimeoutMs: 60_000, ...options.shedding },
    prefixes: ['product:', 'category:'],
    ...(clock !== undefined && { clock }),
  });
  if (tracked !== undefined) {
    const synced = new Promise<void>((resolve) =>
      cache.events.on('tracking', (isSynced) => isSynced && resolve()),
    );
    cache.start();
    await synced;
  }
  return {
    ...cache.parts,
    cache,
    link: redis.link,
    namespace: redis.namespace,
    trust: cache.parts.l2Trust,
    config,
    readL2: (key) => cache.parts.l2Reads.ask({ key, knownVersion: 0, kept: null }, true),
    entryInRedis: async (key) => {
      const found = await cache.parts.l2Reads.peekUntrusted(key);
      return found.kind === 'hit' ? found.entry : null;
    },
    close: () => {
      void cache.close();
      redis.close();
    },
  };
}
