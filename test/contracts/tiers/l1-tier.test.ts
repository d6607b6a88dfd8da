import type { L1Tier } from '#libs/cache';
import { readConfig } from '#libs/config';
import { MonotonicClock } from '#src/libs/cache/src/clock';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import type { FillToken } from '#src/libs/cache/src/tiers/key-changes';
import { createMemory } from '../../support/memory.ts';
import { entryOf } from './samples.ts';
import type { Ticket, Tier } from './tier.ts';
import { describeTier } from './tier-contract.ts';

/** Eviction as the bound does it: by enough of other entries. */
async function pushOut(memory: L1Tier): Promise<void> {
  for (let n = 0; n < 12; n += 1) {
    const filler = { ...entryOf(`product:filler-${n}`, 1), state: 'present' as const, etag: '""' };
    const entry = { ...filler, body: 'x'.repeat(7_000) };
    await memory.filling(entry.key, async (token) => memory.fill(entry, token, 'origin'));
  }
}

/** A fill whose value takes as long to come as the test wants. */
async function begin(memory: L1Tier, key: CacheKey): Promise<Ticket> {
  const announced = Promise.withResolvers<FillToken>();
  const arrived = Promise.withResolvers<void>();
  const flight = memory.filling(key, (token) => {
    announced.resolve(token);
    return arrived.promise;
  });
  const token = await announced.promise;
  return {
    fill: async (entry) => {
      const taken = memory.fill(entry, token, 'origin');
      arrived.resolve();
      await flight;
      return taken;
    },
  };
}

describeTier('memory', async () => {
  const { cache } = readConfig({ DATABASE_URL: 'postgres://x/x', CACHE_L1_MAX_BYTES: '64KiB' });
  const { memory } = createMemory(cache, new MonotonicClock());
  const writing = async (key: CacheKey): Promise<Ticket> => {
    const { fill } = await begin(memory, key);
    return {
      fill: async (entry) => {
        const taken = await fill(entry);
        memory.changed(key, entry.version);
        return taken;
      },
    };
  };
  const tier: Tier = {
    begin: (key) => begin(memory, key),
    claim: writing,
    announce: writing,
    get: async (key) => {
      const found = memory.get(key);
      return found.kind === 'none' ? null : found.entry;
    },
    put: async (entry) => {
      memory.changed(entry.key, entry.version);
      return memory.filling(entry.key, async (token) => memory.fill(entry, token, 'origin'));
    },
    change: async (key, version) => memory.changed(key, version),
    evict: () => pushOut(memory),
  };
  return { tier, stop: async () => {} };
});
