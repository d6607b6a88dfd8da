import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import type { CacheNode } from './cache-node.ts';

/** Records the keys that a node gets invalidations for. */
export function heardBy({ memory }: CacheNode): ReadonlySet<CacheKey> {
  const heard = new Set<CacheKey>();
  const suspect = memory.suspect.bind(memory);
  memory.suspect = (key) => {
    heard.add(key);
    return suspect(key);
  };
  return heard;
}
