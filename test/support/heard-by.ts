import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import type { CacheNode } from './cache-node.ts';

/** Records the keys that a node gets invalidations for. */
export function heardBy({ l1 }: CacheNode): ReadonlySet<CacheKey> {
  const heard = new Set<CacheKey>();
  const suspect = l1.suspect.bind(l1);
  l1.suspect = (key) => {
    heard.add(key);
    return suspect(key);
  };
  return heard;
}
