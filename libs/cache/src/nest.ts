import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnModuleInit,
  Optional,
  type Type,
} from '@nestjs/common';
import { CacheConfig, SheddingConfig } from '#libs/config';
import { RedisLink, TrackingLinks } from '#libs/redis';
import { RedisModule } from '#libs/redis/nest';
import { Cache, type CacheParts, L1Gauge } from './cache.js';
import { createCache } from './create-cache.js';
import { Clock } from './entry/entry.js';
import { CacheEvents } from './events.js';
import { GroupGenerations } from './groups/group-generations.js';
import { BatchGet } from './read/batch-get.js';
import { CacheReader } from './read/cache-reader.js';
import { OwnCaches, TrackedPrefixes } from './sync/l1-sync.js';
import { L1Tier } from './tiers/l1-tier.js';
import { L2Reads } from './tiers/l2-reads.js';
import { L1Trust, L2Trust } from './trust.js';
import { Changes } from './write/changes.js';

export type WiringErrorCode =
  | 'COHERENCE_MISSING'
  | 'ENTITY_UNKNOWN'
  | 'PARAMETER_MISSING'
  | 'TABLES_UNKNOWN'
  | 'TABLE_UNTRACKED'
  | 'TRACKED_OTHERWISE';

/** The application is put together so that it would serve outdated answers. It does not start. */
export class WiringError extends Error {
  override readonly name = 'WiringError';

  constructor(
    readonly code: WiringErrorCode,
    detail: string,
  ) {
    super(`${code}: ${detail}`);
  }
}

/** Where the prefixes come from, as for a provider. */
export type PrefixesFactory = Pick<FactoryProvider<readonly string[]>, 'inject' | 'useFactory'>;

const CACHED_PREFIXES = Symbol('cached prefixes');

/** Provided by the module that keeps the tiers coherent with the origin. */
export const COHERENCE = Symbol('coherence');

/** A part of the cache that other libs inject. */
const part = <T>(provide: Type<T> | (abstract new (...args: never) => T), of: (parts: CacheParts) => T) => ({
  provide,
  inject: [Cache],
  useFactory: (cache: Cache) => of(cache.parts),
});

const parts = [
  part(CacheEvents, ({ events }) => events),
  part(Changes, ({ changes }) => changes),
  part(Clock, ({ clock }) => clock),
  part(BatchGet, ({ batchGet }) => batchGet),
  part(CacheReader, ({ reader }) => reader),
  part(GroupGenerations, ({ groups }) => groups),
  part(L1Gauge, ({ gauge }) => gauge),
  part(L1Tier, ({ l1 }) => l1),
  part(L1Trust, ({ l1Trust }) => l1Trust),
  part(OwnCaches, ({ own }) => own),
  part(L2Reads, ({ l2Reads }) => l2Reads),
  part(L2Trust, ({ l2Trust }) => l2Trust),
  part(TrackedPrefixes, ({ trackedPrefixes }) => trackedPrefixes),
];

/** `createCache` for Nest: the process's one cache, started and closed with the application. */
@Module({})
export class CacheModule implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly cache: Cache,
    @Optional() @Inject(COHERENCE) private readonly coherence: unknown,
  ) {}

  /**
   * Global: every module that caches or invalidates uses the one cache of the process.
   *
   * @param prefixes the beginnings of the keys that are cached, such as `article:`; Redis announces their changes
   */
  static forRoot(prefixes: readonly string[]): DynamicModule {
    return CacheModule.forRootAsync({ inject: [], useFactory: () => prefixes });
  }

  /** The same with prefixes that are known when the modules are. */
  static forRootAsync(prefixes: PrefixesFactory): DynamicModule {
    return {
      module: CacheModule,
      global: true,
      imports: [RedisModule],
      providers: [
        { provide: CACHED_PREFIXES, ...prefixes },
        {
          provide: Cache,
          inject: [RedisLink, TrackingLinks, CacheConfig, SheddingConfig, CACHED_PREFIXES],
          useFactory: (
            link: RedisLink,
            tracking: TrackingLinks,
            config: CacheConfig,
            shedding: SheddingConfig,
            prefixes: readonly string[],
          ) => createCache({ redis: { link, tracking }, config, shedding, prefixes }),
        },
        ...parts,
      ],
      exports: [Cache, ...parts.map(({ provide }) => provide)],
    };
  }

  /** @throws WiringError if nothing would ever invalidate an entry, since nothing would show it */
  onModuleInit(): void {
    if (this.coherence === undefined || this.coherence === null)
      throw new WiringError(
        'COHERENCE_MISSING',
        'answers are cached, and no changes would be applied: import CoherenceModule.forRoot({ … }) beside CacheModule',
      );
    this.cache.start();
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.cache.ready();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.cache.close();
  }
}
