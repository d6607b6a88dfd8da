import type { CacheEntry, CacheKey } from '#src/libs/cache/src/entry/entry';
import type { L1Tier } from '#src/libs/cache/src/tiers/l1-tier';
import type { CacheNode } from './cache-node.ts';

/** Applies a change to Redis as the relay does: by its version alone. */
export async function changeInRedis(
  { tombstones }: CacheNode,
  key: CacheKey,
  version: number,
): Promise<void> {
  await tombstones.put([{ key, version }]);
}

/** Lets an entry into memory that was loaded in no time. @returns whether it was taken */
export function fillMemory(l1: L1Tier, entry: CacheEntry): Promise<boolean> {
  return l1.filling(entry.key, async (token) => l1.fill(entry, token, 'origin'));
}
