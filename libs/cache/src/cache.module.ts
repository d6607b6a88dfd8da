import { Global, Module } from '@nestjs/common';
import { RedisModule } from '#libs/redis';
import { Clock, MonotonicClock } from './clock.js';
import { EntryMaker } from './entry/make-entry.js';
import { CacheEvents } from './events.js';
import { GroupGenerations } from './groups/group-generations.js';
import { CachingInterceptor } from './http/caching.interceptor.js';
import { Responder } from './http/responder.js';
import { CacheReader } from './read/cache-reader.js';
import { FailureMemory } from './read/failure-memory.js';
import { Fetcher } from './read/fetcher.js';
import { Origin } from './read/origin.js';
import { Refresher } from './read/refresher.js';
import { MemoryGauge } from './tiers/memory-gauge.js';
import { MemoryTier } from './tiers/memory-tier.js';
import { RedisTier } from './tiers/redis-tier.js';
import { HotList } from './warm/hot-list.js';
import { WarmStart } from './warm/warm-start.js';
import { Changes } from './write/changes.js';

const tiers = [MemoryTier, MemoryGauge, RedisTier, GroupGenerations];
const reading = [EntryMaker, FailureMemory, Origin, Refresher, Fetcher, CacheReader];
const writing = [Changes];
const answering = [Responder, CachingInterceptor];
const warming = [HotList, WarmStart];

/** Global, since a decorator on any feature's controller asks for the interceptor. */
@Global()
@Module({
  imports: [RedisModule],
  providers: [
    { provide: Clock, useClass: MonotonicClock },
    CacheEvents,
    ...tiers,
    ...reading,
    ...writing,
    ...answering,
    ...warming,
  ],
  exports: [CacheEvents, CacheReader, Changes, GroupGenerations, MemoryTier, ...answering],
})
export class CacheModule {}
