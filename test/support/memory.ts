import type { CacheConfig } from '#libs/config';
import type { Clock } from '#src/libs/cache/src/clock';
import { CacheEvents } from '#src/libs/cache/src/events';
import { Doorkeeper } from '#src/libs/cache/src/tiers/doorkeeper';
import { L1Tier } from '#src/libs/cache/src/tiers/l1-tier';
import { MemoryTrust } from '#src/libs/cache/src/trust/memory-trust';
import { SharedTrust } from '#src/libs/cache/src/trust/shared-trust';
import { TrackedPrefixes } from '#src/libs/cache/src/trust/tracked-prefixes';

/** The L1 of one process, with its trust. */
export function createMemory(config: CacheConfig, clock: Clock, events = new CacheEvents()) {
  const shared = new SharedTrust(clock, events);
  const prefixes = new TrackedPrefixes(['product:', 'category:']);
  const trust = new MemoryTrust(clock, config, prefixes, shared);
  const doorkeeper = new Doorkeeper(clock);
  return { memory: new L1Tier(config, clock, trust, doorkeeper), doorkeeper, prefixes, trust, shared };
}
