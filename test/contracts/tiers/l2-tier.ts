import type { CacheNode } from '../../support/cache-node.ts';
import type { Tier } from './tier.ts';

/** @param remove takes a key away as eviction does */
export function redisTierOf(
  { l2, l2Reads, tombstones }: CacheNode,
  remove: (key: string) => Promise<unknown>,
): Tier {
  return {
    begin: async (key) => {
      const lease = await l2.lease(key);
      return lease === null ? null : { fill: async (entry) => (await l2.fill(entry, lease)) === 'filled' };
    },
    get: async (key) => {
      const found = await l2Reads.peek(key);
      return found.kind === 'hit' ? found.entry : null;
    },
    claim: async (key, version) => {
      const claim = await l2.claim(key, version);
      return { fill: async (entry) => (await l2.put(entry, claim)) === 'accepted' };
    },
    announce: async (key) => {
      const claim = await l2.announce(key);
      return { fill: async (entry) => (await l2.put(entry, claim)) === 'accepted' };
    },
    put: async (entry) => {
      const outcome = await l2.put(entry, null);
      return outcome === 'accepted' || outcome === 'as-tombstone' || outcome === 'superseded-load';
    },
    change: async (key, version, isReplayed = false) => {
      await tombstones.put([{ key, version, isReplayed }]);
    },
    evict: async (key) => {
      await remove(key);
    },
  };
}
