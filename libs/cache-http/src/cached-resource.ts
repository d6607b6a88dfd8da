import { NotFoundException } from '@nestjs/common';
import { type CacheKey, type Loaded, serialised } from '#libs/cache';
import { isEntityId } from '#libs/http';

type Params = Readonly<Record<string, string>>;
/** As the router has parsed it. */
type Query = Readonly<Record<string, unknown>>;

/** How a route's answers are cached. `T` is what the controller's method returns. */
export interface CachedResourceOptions<T> {
  /**
   * The key of the thing that a request asks for; null where the request is not one to cache, such as an id
   * that cannot exist. It then goes to the controller as if there were no cache.
   */
  readonly key: (params: Params, query: Query) => CacheKey | null;
  /** The group that the answer belongs to: a change anywhere in it makes the answer stale. Default: none. */
  readonly group?: (params: Params, query: Query) => CacheKey;
  /** How long an answer is fresh, in milliseconds. Default: `CACHE_FRESH_TTL`. */
  readonly ttlMs?: number | undefined;
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

/**
 * How a row is cached: under `<prefix>:<key>`, an unknown key too, an impossible one never. The method throws
 * NotFoundException if there is no such row, and otherwise returns it with its version, which no client sees.
 *
 * @param row the beginning of its keys, and the route's parameter that a key ends with
 */
export function rowResource<T extends { readonly version: number | string }>(row: {
  readonly prefix: string;
  readonly key: string;
}): CachedResourceOptions<T> {
  return {
    key: (params) => {
      const name = params[row.key];
      return isEntityId(name) ? `${row.prefix}:${name}` : null;
    },
    version: ({ version }) => Number(version),
    body: ({ version, ...shown }) => shown,
    isAbsent: (error) => error instanceof NotFoundException,
    absentError: () => new NotFoundException(),
  };
}

/**
 * Asks the business code for a thing, and gives what it says as the tiers keep it.
 *
 * @throws what `ask` throws, but for the error that says that there is no such thing
 */
export async function loadFrom<T>(options: CachedResourceOptions<T>, ask: () => Promise<T>): Promise<Loaded> {
  try {
    return loadedOf(options, await ask());
  } catch (error) {
    if (options.isAbsent?.(error)) return { state: 'absent', version: 0, freshMs: options.ttlMs };
    throw error;
  }
}

/** A value as the tiers keep it: the bytes that a client will get, serialised once. */
export function loadedOf<T>(options: CachedResourceOptions<T>, value: T): Loaded {
  const body = serialised(options.body(value));
  return { state: 'present', version: options.version(value), body, freshMs: options.ttlMs };
}
