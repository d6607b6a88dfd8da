import type { CacheKey } from '../../entry/entry.js';
import type { CachedResourceOptions } from '../cached-resource-options.js';
import type { IdList } from './id-list.js';

/** Where the members' ids come from: from the request itself, or from the source, whose list is cached in a group. */
export type MemberList =
  | { readonly kind: 'given'; readonly ids: readonly string[] }
  | {
      readonly kind: 'listed';
      readonly key: CacheKey;
      /** A change of it begins its next generation, and the list is asked for anew. */
      readonly group: CacheKey;
      readonly load: () => Promise<IdList>;
    };

/** What was found of a collection. */
export interface FoundMembers {
  readonly list: IdList;
  /** Those of the list that are not there, or not any more. */
  readonly missing: readonly string[];
}

/**
 * How a route's answers of many things are cached: each thing as on the route of its own, and beside them at most the
 * list of their ids. `S` is what the controller's method returns, a selection of things; `T` is such a thing.
 */
export interface CachedCollectionOptions<S, T> {
  /** How a member is cached. Its route's parameter is called `id`. */
  readonly member: CachedResourceOptions<T>;
  /** Loads a member that no tier has. Members are asked for all at once, so that they may share a statement. */
  readonly load: (selection: S, id: string) => Promise<T>;
  readonly list: (selection: S) => MemberList;
  /** What a client sees beside `items`. */
  readonly rest: (selection: S, found: FoundMembers) => Readonly<Record<string, unknown>>;
  /** The reference of what follows, for a `Link` with `rel="next"` (RFC 8288); null where nothing does. */
  readonly next: (selection: S, found: FoundMembers) => string | null;
}

export const CACHED_COLLECTION = Symbol('cached collection');
