import type { CacheKey } from '#libs/cache';

/** Which groups a change of a key makes stale. The features know; the relay does not. */
export abstract class GroupsOf {
  abstract of(key: CacheKey): readonly CacheKey[];
}
