import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { HttpModule } from '#libs/http';
import { RedisModule } from '#libs/redis';
import { Clock, MonotonicClock } from './clock.js';
import { EntryMaker } from './entry/make-entry.js';
import { CacheEvents } from './events.js';
import { GroupGenerations } from './groups/group-generations.js';
import { CachingInterceptor } from './http/caching.interceptor.js';
import { ClientCaching } from './http/client-caching.js';
import { CollectionInterceptor } from './http/collection/collection.interceptor.js';
import { CollectionReader } from './http/collection/collection-reader.js';
import { EarlyAnswers } from './http/hot/early-answers.js';
import { HotHeaders } from './http/hot/hot-headers.js';
import { HotPath } from './http/hot/hot-path.js';
import { HotRoutes } from './http/hot/hot-routes.js';
import { ReadyHeads } from './http/hot/ready-heads.js';
import { WarmPath } from './http/hot/warm-path.js';
import { MissGate, OpenMissGate } from './http/miss-gate.js';
import { Responder } from './http/responder.js';
import { CacheReader } from './read/cache-reader.js';
import { FailureMemory } from './read/failure-memory.js';
import { Fetcher } from './read/fetcher.js';
import { Glances } from './read/glances.js';
import { LastResort } from './read/last-resort.js';
import { LoadLimit } from './read/load-limit.js';
import { Origin } from './read/origin.js';
import { ReadDeadline } from './read/read-deadline.js';
import { Refresher } from './read/refresher.js';
import { MemorySync } from './sync/memory-sync.js';
import { Revalidator } from './sync/revalidator.js';
import { GarbageReport } from './tiers/garbage-report.js';
import { MemoryGauge } from './tiers/memory-gauge.js';
import { MemoryTier } from './tiers/memory-tier.js';
import { RedisTier } from './tiers/redis-tier.js';
import { SharedGlance } from './tiers/shared-glance.js';
import { Tombstones } from './tiers/tombstones.js';
import { MemoryTrust } from './trust/memory-trust.js';
import { SharedTrust } from './trust/shared-trust.js';
import { TrackedPrefixes } from './trust/tracked-prefixes.js';
import { HotList } from './warm/hot-list.js';
import { WarmStart } from './warm/warm-start.js';
import { Changes } from './write/changes.js';

const trust = [SharedTrust, MemoryTrust];
const tiers = [MemoryTier, MemoryGauge, RedisTier, SharedGlance, Tombstones, GarbageReport, GroupGenerations];
const syncing = [Revalidator, MemorySync];
const bounding = [FailureMemory, LoadLimit, ReadDeadline];
const reading = [...bounding, EntryMaker, Origin, Refresher, LastResort, Fetcher, CacheReader, Glances];
const writing = [Changes];
const early = [HotRoutes, HotHeaders, ReadyHeads, EarlyAnswers, WarmPath, HotPath];
const answering = [ClientCaching, Responder, ...early, CachingInterceptor];
const answeringMany = [CollectionReader, CollectionInterceptor];
const warming = [HotList, WarmStart];

/** Who is asked before a request may miss, and the modules that provide it. */
export interface MissGateOptions {
  readonly gate: Type<MissGate>;
  readonly imports: NonNullable<DynamicModule['imports']>;
}

@Module({})
export class CacheModule {
  /**
   * Global, since a decorator on any feature's controller asks for the interceptor.
   *
   * @param trackedPrefixes the beginnings of the keys whose changes memory is to be told of, such as `product:`
   * @param misses default: everyone may miss as often as they like
   */
  static forRoot(trackedPrefixes: readonly string[], misses?: MissGateOptions): DynamicModule {
    return {
      module: CacheModule,
      global: true,
      imports: [RedisModule, HttpModule, ...(misses?.imports ?? [])],
      providers: [
        { provide: Clock, useClass: MonotonicClock },
        { provide: TrackedPrefixes, useValue: new TrackedPrefixes(trackedPrefixes) },
        misses
          ? { provide: MissGate, useExisting: misses.gate }
          : { provide: MissGate, useClass: OpenMissGate },
        CacheEvents,
        ...trust,
        ...tiers,
        ...syncing,
        ...reading,
        ...writing,
        ...answering,
        ...answeringMany,
        ...warming,
      ],
      exports: [
        CacheEvents,
        CacheReader,
        Changes,
        Clock,
        GroupGenerations,
        MemoryTier,
        MemoryTrust,
        MissGate,
        RedisTier,
        SharedTrust,
        ...answering,
        ...answeringMany,
      ],
    };
  }
}
