export { CacheModule } from './cache.module.js';
export type { CacheKey } from './entry/entry.js';
export { GroupGenerations } from './groups/group-generations.js';
export { CachedResource } from './http/cached-resource.js';
export type { CachedResourceOptions } from './http/cached-resource-options.js';
export { CacheReader } from './read/cache-reader.js';
export { MemoryTier } from './tiers/memory-tier.js';
export { Changes } from './write/changes.js';
