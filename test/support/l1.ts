import type { CacheConfig } from '#libs/config';
import type { Clock } from '#src/libs/cache/src/entry/entry';
import { CacheEvents } from '#src/libs/cache/src/events';
import { TrackedPrefixes } from '#src/libs/cache/src/sync/l1-sync';
import { Doorkeeper } from '#src/libs/cache/src/tiers/doorkeeper';
import { L1Tier } from '#src/libs/cache/src/tiers/l1-tier';
import { L1Trust, L2Trust } from '#src/libs/cache/src/trust';

/** The L1 of one process, with its trust. */
export function createL1(config: CacheConfig, clock: Clock, events = new CacheEvents()) {
  const l2Trust = new L2Trust(clock, events);
  const prefixes = new TrackedPrefixes(['product:', 'category:']);
  const trust = new L1Trust(clock, config, prefixes, l2Trust);
  const doorkeeper = new Doorkeeper(clock);
  return { l1: new L1Tier(config, clock, trust, doorkeeper), doorkeeper, prefixes, trust, l2Trust };
}
