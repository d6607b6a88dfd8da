import type { Lease } from '../tiers/lease.js';
import type { SharedRead } from '../tiers/shared-read.js';

/** What allows a load: the fleet's lease for the key, or that there is no fleet to ask. */
export type LoadPermit = { readonly kind: 'leased'; readonly lease: Lease } | { readonly kind: 'alone' };

export function leased(lease: Lease): LoadPermit {
  return { kind: 'leased', lease };
}

/** What a read that found no entry allows. */
export function permitOf(found: Exclude<SharedRead, { kind: 'hit' }>): LoadPermit {
  return found.kind === 'leased' ? leased(found.lease) : { kind: 'alone' };
}
