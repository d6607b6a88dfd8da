export {
  Cache,
  type CacheParts,
  type KeyRead,
  type ReadOptions,
  serialised,
  type Versioned,
} from './cache.js';
export { Clock } from './clock.js';
export { type CacheOptions, type CacheRedis, createCache } from './create-cache.js';
export type { CacheEntry, CacheKey, EntryTimes, PresentEntry } from './entry/entry.js';
export { etagOf } from './entry/make-entry.js';
export { GroupGenerations } from './groups/group-generations.js';
export { BatchGet, type BegunRead } from './read/batch-get.js';
export type { CacheRead } from './read/cache-read.js';
export type { Load, Loaded } from './read/loaded.js';
export { OwnCaches } from './sync/l1-sync.js';
export type { Visit } from './tiers/doorkeeper.js';
export type { KeyChange } from './tiers/key-changes.js';
export { L1Gauge } from './tiers/l1-gauge.js';
export { codedShareBytes, type HotSlot } from './tiers/l1-slot.js';
export { L1Tier } from './tiers/l1-tier.js';
export { L2Tier } from './tiers/l2-tier.js';
export { L1Trust } from './trust/l1-trust.js';
export { L2Trust, type NamespaceOwner } from './trust/l2-trust.js';
export { TrackedPrefixes } from './trust/tracked-prefixes.js';
export { Changes, type WriteUnderWay } from './write/changes.js';
