export { CacheModule } from './cache.module.js';
export type { CacheKey } from './entry/entry.js';
export { CachedResource } from './http/cached-resource.js';
export type { CachedResourceOptions } from './http/cached-resource-options.js';
export { MemoryTier } from './tiers/memory-tier.js';
