import { Global, Module } from '@nestjs/common';
import { RedisModule } from '#libs/redis';
import { Clock, MonotonicClock } from './clock.js';
import { CacheEvents } from './events.js';
import { CachingInterceptor } from './http/caching.interceptor.js';
import { Responder } from './http/responder.js';
import { CacheReader } from './read/cache-reader.js';
import { MemoryTier } from './tiers/memory-tier.js';
import { RedisTier } from './tiers/redis-tier.js';

/** Global, since a decorator on any feature's controller asks for the interceptor. */
@Global()
@Module({
  imports: [RedisModule],
  providers: [
    { provide: Clock, useClass: MonotonicClock },
    CacheEvents,
    MemoryTier,
    RedisTier,
    CacheReader,
    Responder,
    CachingInterceptor,
  ],
  exports: [CacheEvents, CacheReader, MemoryTier, Responder, CachingInterceptor],
})
export class CacheModule {}
