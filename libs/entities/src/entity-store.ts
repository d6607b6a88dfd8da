import { HttpException, Inject, NotFoundException } from '@nestjs/common';
import { Cache, type CacheKey } from '#libs/cache';
import type { WriteThrough } from '#libs/coherence';
import {
  type BatchLoader,
  type BatchLoaders,
  type DatabaseLink,
  type DatabaseWriter,
  quotedName,
  quotedRelation,
  type Sql,
} from '#libs/db';
import { ProblemError } from '#libs/errors';
import { sqlStateOf } from '#libs/resilience';
import type { Entity, VersionedRow } from './entity.js';

/** What a store works with. */
export interface EntityStoreParts {
  readonly cache: Cache;
  readonly database: DatabaseLink;
  readonly writer: DatabaseWriter;
  readonly writeThrough: WriteThrough;
  readonly batches: BatchLoaders;
}

/** Postgres refuses a text that is no value of the key's type: a number, a UUID. There is no such row then. */
const NO_SUCH_VALUE: ReadonlySet<string | undefined> = new Set(['22P02', '22003']);

const DEFAULT_LIMIT = 1_000;

/** Injects the store of an entity that `HotshelfModule.forFeature` names. */
export const InjectEntity = ({ token }: Entity): ParameterDecorator => Inject(token);

/** The rows of an entity. */
export class EntityStore<Row, Group extends string = string> {
  private readonly rows: BatchLoader<VersionedRow<Row>>;
  private readonly relation: string;

  constructor(
    private readonly entity: Entity<Row, Group>,
    private readonly parts: EntityStoreParts,
  ) {
    this.relation = quotedRelation(entity.table);
    this.rows = parts.batches.of((keys) => this.rowsOf(keys));
  }

  /**
   * Reads a row from Postgres, for a method with `@Cached`; rows that are asked for about the same time share a statement.
   *
   * @throws NotFoundException if there is no such row; ProblemError `ORIGIN_UNAVAILABLE` if Postgres cannot answer now
   */
  async load(key: string): Promise<VersionedRow<Row>> {
    const row = await this.rows.load(key);
    if (row === undefined) throw new NotFoundException();
    return row;
  }

  /**
   * Reads through the tiers, for code that is no route.
   *
   * @returns what a client would see of the row, parsed from JSON; null if there is no such row
   * @throws ProblemError `ORIGIN_UNAVAILABLE` if no tier has it and Postgres cannot answer now
   */
  get(key: string): Promise<unknown> {
    return this.parts.cache.getOrLoad<unknown>(this.cacheKeyOf(key), async () => {
      const row = await this.rows.load(key);
      if (row === undefined) return null;
      const { ttlMs: freshMs } = this.entity;
      return { version: Number(row.version), value: this.entity.body(row), freshMs };
    });
  }

  /**
   * Reads from Postgres which rows have a value in a group's column, for a method with `@CachedList`.
   *
   * @param limit the number of keys at most. Default: 1,000
   * @returns their keys, as text, in the order of the keys
   */
  async idsBy(group: Group, value: string, limit = DEFAULT_LIMIT): Promise<string[]> {
    const [key, column] = [this.entity.key, group].map(quotedName);
    // By its text too: of an integer column, 01 is the value 1, and no change begins the lists of 01.
    const text = `SELECT ${key}::text AS key FROM ${this.relation} AS found
      WHERE ${column} = $1 AND ${column}::text = $2::text ORDER BY found.${key} LIMIT $3`;
    const found = await this.parts.database
      .query<{ key: string }>(text, [value, value, limit])
      .catch((error: unknown) => {
        if (NO_SUCH_VALUE.has(sqlStateOf(error))) return [];
        throw error;
      });
    return found.map((row) => row.key);
  }

  /**
   * Writes a row in a transaction. When it returns, the caches have dropped everything that the transaction changed: this process
   * reads its own write, the others do within milliseconds.
   *
   * @param key of the row that is written
   * @param work the statements: ``(sql) => sql`UPDATE articles SET title = ${title} WHERE slug = ${slug}` ``. It runs again if
   *   Postgres rolled the transaction back in favour of another one
   * @throws the HttpException or ProblemError that `work` throws to refuse: the transaction is rolled back; ProblemError
   *   `WRITE_UNAVAILABLE` if Postgres cannot do it now
   */
  async write<T>(key: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    const { writer, writeThrough } = this.parts;
    let refusal: HttpException | undefined;
    const refusable = (sql: Sql) =>
      work(sql).catch((error: unknown) => {
        if (!(error instanceof HttpException)) throw error;
        refusal = error;
        // What the transaction knows as a refusal; any other error would count against Postgres.
        throw new ProblemError('REQUEST_INVALID', { detail: error.message, cause: error });
      });
    try {
      return await writeThrough.run(this.cacheKeyOf(key), (committing) =>
        writer.write(refusable, committing),
      );
    } catch (error) {
      throw refusal ?? error;
    }
  }

  private cacheKeyOf(key: string): CacheKey {
    return `${this.entity.prefix}:${key}`;
  }

  private async rowsOf(keys: readonly string[]): Promise<Map<string, VersionedRow<Row>>> {
    const key = quotedName(this.entity.key);
    const text = `SELECT *, ${key}::text AS hotshelf_key FROM ${this.relation} WHERE ${key} = ANY($1)`;
    try {
      const rows = await this.parts.database.query<VersionedRow<Row> & { hotshelf_key: string }>(text, [
        keys,
      ]);
      return new Map(
        rows.map(({ hotshelf_key, ...row }) => [hotshelf_key, row as unknown as VersionedRow<Row>]),
      );
    } catch (error) {
      if (!NO_SUCH_VALUE.has(sqlStateOf(error))) throw error;
      if (keys.length === 1) return new Map();
      // One of them spoils the statement for all.
      const each = await Promise.all(keys.map((one) => this.rowsOf([one])));
      return new Map(each.flatMap((found) => [...found]));
    }
  }
}
