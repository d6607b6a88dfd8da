import type { CacheKey } from '../entry/entry.js';

type Params = Readonly<Record<string, string>>;

/** How a route's answers are cached. `T` is what the controller's method returns. */
export interface CachedResourceOptions<T> {
  /**
   * The key of the thing that a request asks for; null where the request is not one to cache, such as an id
   * that can not exist. It then goes to the controller as if there were no cache.
   */
  readonly key: (params: Params) => CacheKey | null;
  /** The group that the answer belongs to: a change anywhere in it makes the answer stale. Default: none. */
  readonly group?: (params: Params) => CacheKey;
  /** The version that Postgres gave the thing. */
  readonly version: (value: T) => number;
  /** What a client sees of it. */
  readonly body: (value: T) => unknown;
  /** Whether an error says that there is no such thing. Default: none does. */
  readonly isAbsent?: (error: unknown) => boolean;
  /** The error that a client gets while it is remembered that there is no such thing. */
  readonly absentError?: (params: Params) => Error;
}

export const CACHED_RESOURCE = Symbol('cached resource');
