import { applyDecorators, NotFoundException, SetMetadata } from '@nestjs/common';
import { CachedResource, type CachedResourceOptions } from '#libs/cache-http';
import { isEntityId } from '#libs/http';
import type { Entity, VersionedRow } from './entity.js';

/** What a decorator said of a method, for the checks at the start. */
export interface CachedRoute {
  readonly entity: Entity;
  readonly decorator: string;
  /** The parameter that the path must have; null if the query may have it. */
  readonly parameter: string | null;
}

export const CACHED_ROUTE = Symbol('cached route');

/**
 * Answers a route from the cache: one row of an entity. The method is called for keys that no tier has, and throws
 * NotFoundException if there is no such row; `EntityStore.load` does.
 *
 * @param options.param the parameter of the path that has the key. Default: the name of the entity's key
 */
export function Cached<Row>(entity: Entity<Row>, options: { readonly param?: string } = {}): MethodDecorator {
  const { param = entity.key } = options;
  const route: CachedRoute = { entity, decorator: 'Cached', parameter: param };
  const resource: CachedResourceOptions<VersionedRow<Row>> = {
    key: (params) => {
      const key = params[param];
      return isEntityId(key) ? `${entity.prefix}:${key}` : null;
    },
    ttlMs: entity.ttlMs,
    version: ({ version }) => Number(version),
    body: (row) => entity.body(row),
    isAbsent: (error) => error instanceof NotFoundException,
    absentError: () => new NotFoundException(),
  };
  return applyDecorators(SetMetadata(CACHED_ROUTE, route), CachedResource(resource));
}

/**
 * Answers a route from the cache: what the method makes of the rows with one value of a group's column. Each change of such a
 * row makes the answer stale. A request with other query parameters is not cached.
 *
 * @param options.by the column, one of the entity's groups. Its value is the parameter of the path with that name, or else of the
 *   query
 * @throws TypeError if it is no group of the entity: no change would make the list stale
 */
export function CachedList<Row, Group extends string>(
  entity: Entity<Row, Group>,
  { by }: { readonly by: NoInfer<Group> },
): MethodDecorator {
  if (!entity.groups.includes(by))
    throw new TypeError(
      `@CachedList by "${by}": no change begins this group. Write entity({ name: '${entity.prefix}', groups: ${JSON.stringify([...entity.groups, by])} }), and track its table again with these groups`,
    );
  const route: CachedRoute = { entity, decorator: 'CachedList', parameter: null };
  const list: CachedResourceOptions<unknown> = {
    key: (params, query) => {
      const value = groupValueOf(by, params, query);
      return value === null ? null : `${by}:${value}:${entity.prefix}`;
    },
    group: (params, query) => `${by}:${groupValueOf(by, params, query)}`,
    ttlMs: entity.ttlMs,
    // A list has no version: a change begins a new generation of its group.
    version: () => 0,
    body: (value) => value,
  };
  return applyDecorators(SetMetadata(CACHED_ROUTE, route), CachedResource(list));
}

function groupValueOf(
  name: string,
  params: Readonly<Record<string, string>>,
  query: Readonly<Record<string, unknown>>,
): string | null {
  const ofPath = params[name];
  const others = Object.keys(query).filter((each) => ofPath !== undefined || each !== name);
  const value = ofPath ?? query[name];
  return others.length === 0 && typeof value === 'string' && isEntityId(value) ? value : null;
}
