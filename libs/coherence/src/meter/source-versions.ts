import type { CacheKey } from '#libs/cache';

/** Asks the source for the versions of things. The features know their tables; the meter does not. */
export abstract class SourceVersions {
  /** @returns the versions of those that exist; keys that are nobody's are left out */
  abstract of(keys: readonly CacheKey[]): Promise<ReadonlyMap<CacheKey, number>>;
}
