import type { CacheNode } from '../../support/cache-node.ts';
import type { Tier } from './tier.ts';

/** @param remove takes a key away as eviction does */
export function redisTierOf({ shared }: CacheNode, remove: (key: string) => Promise<unknown>): Tier {
  return {
    begin: async (key) => {
      const lease = await shared.lease(key);
      return lease === null
        ? null
        : { fill: async (entry) => (await shared.fill(entry, lease)) === 'filled' };
    },
    get: (key) => shared.peek(key),
    put: async (entry) => (await shared.put(entry)) === 'accepted',
    change: async (key, version) => {
      await shared.putTombstone(key, version);
    },
    evict: async (key) => {
      await remove(key);
    },
  };
}
