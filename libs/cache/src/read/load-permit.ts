import type { Lease } from '../tiers/lease.js';
import type { SharedRead } from '../tiers/shared-read.js';

/** What allows a load: the fleet's lease for the key, or that there is no fleet to ask. */
export type LoadPermit =
  /** Nothing older than `floorVersion` can have been loaded under this lease. */
  | { readonly kind: 'leased'; readonly lease: Lease; readonly floorVersion: number }
  | { readonly kind: 'alone' };

export function leased(lease: Lease, floorVersion = 0): LoadPermit {
  return { kind: 'leased', lease, floorVersion };
}

/** What a read that found no entry allows. */
export function permitOf(found: Exclude<SharedRead, { kind: 'hit' }>): LoadPermit {
  return found.kind === 'leased' ? leased(found.lease, found.floorVersion) : { kind: 'alone' };
}
