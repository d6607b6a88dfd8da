import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import type { CacheNode } from './cache-node.ts';

/** Keeps of which keys a node is told that something happened to them. */
export function heardBy({ memory }: CacheNode): ReadonlySet<CacheKey> {
  const heard = new Set<CacheKey>();
  const suspect = memory.suspect.bind(memory);
  memory.suspect = (key) => {
    heard.add(key);
    return suspect(key);
  };
  return heard;
}
