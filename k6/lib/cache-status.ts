/** How the cache of the service answered. `none`: the answer does not say. */
export type CacheOutcome = 'l1' | 'redis' | 'origin' | 'stale' | 'none';

/** Every outcome, in the order of the summary. */
export const CACHE_OUTCOMES: readonly CacheOutcome[] = ['l1', 'redis', 'origin', 'stale', 'none'];

/**
 * Reads `Cache-Status` (RFC 9211) as the service sends it: `hotshelf; hit; ttl=326; detail=l1`. A negative `ttl` marks a
 * stale answer.
 */
export function cacheOutcomeOf(header: string | undefined): CacheOutcome {
  if (header === undefined) return 'none';
  if (/;\s*ttl=-/.test(header)) return 'stale';
  const detail = /;\s*detail=(\w+)/.exec(header)?.[1];
  return CACHE_OUTCOMES.find((outcome) => outcome === detail) ?? 'none';
}
