export { Cache, type CacheParts, type KeyRead, L1Gauge, type ReadOptions, type Versioned } from './cache.js';
export { type CacheOptions, type CacheRedis, createCache } from './create-cache.js';
export { serialised } from './entry/codec.js';
export {
  type CacheEntry,
  type CacheKey,
  Clock,
  type EntryTimes,
  etagOf,
  type Load,
  type Loaded,
  type PresentEntry,
} from './entry/entry.js';
export { GroupGenerations } from './groups/group-generations.js';
export { BatchGet, type BegunRead } from './read/batch-get.js';
export { type CacheRead, CacheReader } from './read/cache-reader.js';
export { OwnCaches, TrackedPrefixes } from './sync/l1-sync.js';
export type { Visit } from './tiers/doorkeeper.js';
export { codedShareBytes, type HotSlot } from './tiers/l1-slots.js';
export { L1Tier } from './tiers/l1-tier.js';
export { L2Reads } from './tiers/l2-reads.js';
export type { KeyChange } from './tiers/tombstones.js';
export { L1Trust, L2Trust } from './trust.js';
export type { NamespaceOwner } from './trust-state.js';
export { Changes, type WriteUnderWay } from './write/changes.js';
