import { applyDecorators, NotFoundException, SetMetadata } from '@nestjs/common';
import { CachedResource, type CachedResourceOptions } from '#libs/cache-http';
import { durationMs } from '#libs/config';
import { type TrackedTable, trackTable } from '#libs/db';
import { isEntityId } from '#libs/http';

/** A row as Postgres gives it, with the version that its trigger gave it: bigint arrives as text. */
export type VersionedRow<Row> = Row & { readonly version: string };

export interface EntityOptions<Row, Key extends keyof Row & string, Group extends keyof Row & string> {
  /** Names the rows in the cache: a row's key is `<name>:<key>`. Default: the name of the table, without its schema. */
  readonly name?: string;
  /** As Postgres has it, capitals and all; `<schema>.<table>` where the search path does not lead to it. */
  readonly table: string;
  /** The column that a row is asked for by, unique by itself: its primary key, or another one. */
  readonly key: Key;
  /** Columns that lists are made by: a change of a row makes the lists of its values stale. Default: none. */
  readonly groups?: readonly Group[];
  /**
   * How long what was read is fresh, such as `'30s'` or `'10m'`, up to 24 hours; after it, a reader has it read again in the background.
   * Changes do not wait for it. Default: `CACHE_FRESH_TTL`.
   */
  readonly ttl?: string;
  /** What a client sees of a row. Default: all columns but `version` and `last_updated`. */
  readonly body?: (row: VersionedRow<Row>) => unknown;
}

/** A table whose rows are cached: its name in the cache, its columns, and what clients see of it. `entity` makes it. */
export interface Entity<Row = unknown, Group extends string = string> extends TrackedTable {
  readonly groups: readonly Group[];
  /** In milliseconds; undefined for `CACHE_FRESH_TTL`. */
  readonly ttlMs: number | undefined;
  /** Under which its store is injected: see `InjectEntity`. */
  readonly token: symbol;
  // As a method, so that an entity of articles is one of any rows.
  body(row: VersionedRow<Row>): unknown;
}

/**
 * Declares once how a table is cached; keys, prefixes, groups, versions and loads follow from it.
 *
 * ```ts
 * const articles = entity<Article>()({ table: 'articles', key: 'slug', groups: ['author'] });
 * ```
 *
 * @throws TypeError if the name or a group cannot begin a key, or `ttl` is no duration
 */
export function entity<Row extends object>() {
  return <Key extends keyof Row & string, Group extends keyof Row & string = never>(
    options: EntityOptions<Row, Key, Group>,
  ): Entity<Row, Group> => {
    const { table, key, groups = [], ttl, body = withoutOwnColumns } = options;
    const { name = table.slice(table.lastIndexOf('.') + 1) } = options;
    const tracked = { table, key, prefix: name, groups };
    trackTable(tracked);
    return Object.freeze({ ...tracked, ttlMs: ttlOf(name, ttl), token: Symbol(`store of ${name}`), body });
  };
}

const DAY_MS = 86_400_000;

function ttlOf(name: string, ttl: string | undefined): number | undefined {
  if (ttl === undefined) return undefined;
  const parsed = durationMs(1, DAY_MS).safeParse(ttl);
  if (parsed.success) return parsed.data;
  throw new TypeError(
    `the ttl of the entity "${name}" is no duration from 1ms to 24h, such as '30s' or '10m': ${JSON.stringify(ttl)}`,
  );
}

function withoutOwnColumns(row: object): object {
  const { version, last_updated, ...shown } = row as Record<string, unknown>;
  return shown;
}

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
