import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import type { CacheNode } from './cache-node.ts';

/** Applies a change to Redis as the relay does: by its version alone. */
export async function changeInRedis(
  { tombstones }: CacheNode,
  key: CacheKey,
  version: number,
): Promise<void> {
  await tombstones.put([{ key, version }]);
}
