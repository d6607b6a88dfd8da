import { durationMs } from '#libs/config';
import { type TrackedTable, trackTable } from '#libs/db';

/** A row as Postgres gives it, with the version that its trigger gave it: bigint arrives as text. */
export type VersionedRow<Row> = Row & { readonly version: string };

export interface EntityOptions<Row, Key extends keyof Row & string, Group extends keyof Row & string> {
  /** Names the rows in the cache: a row's key is `<name>:<key>`. */
  readonly name: string;
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
 * const articles = entity<Article>()({ name: 'article', table: 'articles', key: 'slug', groups: ['author'] });
 * ```
 *
 * @throws TypeError if the name or a group cannot begin a key, or `ttl` is no duration
 */
export function entity<Row extends object>() {
  return <Key extends keyof Row & string, Group extends keyof Row & string = never>(
    options: EntityOptions<Row, Key, Group>,
  ): Entity<Row, Group> => {
    const { name, table, key, groups = [], ttl, body = withoutOwnColumns } = options;
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
