import type { CacheEntry, CacheKey } from '#src/libs/cache/src/entry/entry';
import type { MemoryTier } from '#src/libs/cache/src/tiers/memory-tier';
import type { CacheNode } from './cache-node.ts';

/** Tells Redis that a thing changed, as the relay does: by its version alone. */
export async function tellRedis({ tombstones }: CacheNode, key: CacheKey, version: number): Promise<void> {
  await tombstones.put([{ key, version }]);
}

/** Lets an entry into memory that was loaded in no time. @returns whether it was taken */
export function fillMemory(memory: MemoryTier, entry: CacheEntry): Promise<boolean> {
  return memory.filling(entry.key, async (token) => memory.fill(entry, token, 'origin'));
}
