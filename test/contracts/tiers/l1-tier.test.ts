import type { L1Tier } from '#libs/cache';
import { readConfig } from '#libs/config';
import { type CacheKey, MonotonicClock } from '#src/libs/cache/src/entry/entry';
import type { FillToken } from '#src/libs/cache/src/tiers/doorkeeper';
import { createL1 } from '../../support/l1.ts';
import { entryOf } from './samples.ts';
import type { Ticket, Tier } from './tier.ts';
import { describeTier } from './tier-contract.ts';

/** Eviction as the bound does it: by enough of other entries. */
async function pushOut(l1: L1Tier): Promise<void> {
  for (let n = 0; n < 12; n += 1) {
    const filler = { ...entryOf(`product:filler-${n}`, 1), state: 'present' as const, etag: '""' };
    const entry = { ...filler, body: 'x'.repeat(7_000) };
    await l1.filling(entry.key, async (token) => l1.fill(entry, token, 'origin'));
  }
}

/** A fill whose value takes as long to come as the test wants. */
async function begin(l1: L1Tier, key: CacheKey): Promise<Ticket> {
  const announced = Promise.withResolvers<FillToken>();
  const arrived = Promise.withResolvers<void>();
  const flight = l1.filling(key, (token) => {
    announced.resolve(token);
    return arrived.promise;
  });
  const token = await announced.promise;
  return {
    fill: async (entry) => {
      const taken = l1.fill(entry, token, 'origin');
      arrived.resolve();
      await flight;
      return taken;
    },
  };
}

describeTier('L1', async () => {
  const { cache } = readConfig({ DATABASE_URL: 'postgres://x/x', CACHE_L1_MAX_BYTES: '64KiB' });
  const { l1 } = createL1(cache, new MonotonicClock());
  const writing = async (key: CacheKey): Promise<Ticket> => {
    const { fill } = await begin(l1, key);
    return {
      fill: async (entry) => {
        const taken = await fill(entry);
        l1.changed(key, entry.version);
        return taken;
      },
    };
  };
  const tier: Tier = {
    begin: (key) => begin(l1, key),
    claim: writing,
    announce: writing,
    get: async (key) => {
      const found = l1.get(key);
      return found.kind === 'none' ? null : found.entry;
    },
    put: async (entry) => {
      l1.changed(entry.key, entry.version);
      return l1.filling(entry.key, async (token) => l1.fill(entry, token, 'origin'));
    },
    change: async (key, version) => l1.changed(key, version),
    evict: () => pushOut(l1),
  };
  return { tier, stop: async () => {} };
});
