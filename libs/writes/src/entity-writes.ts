import { Injectable } from '@nestjs/common';
import type { CacheKey } from '#libs/cache';
import { WriteThrough } from '#libs/coherence';
import { DatabaseWriter, IdempotencyKeys, type IdempotentRequest, type Sql } from '#libs/db';
import { type Made, made, stateOf, type WritableResource, type WriteResult } from './written.js';

/** Runs the writes of things: each is one transaction, and the caches know of it when it returns. */
@Injectable()
export class EntityWrites {
  constructor(
    private readonly database: DatabaseWriter,
    private readonly writeThrough: WriteThrough,
    private readonly keys: IdempotencyKeys,
  ) {}

  /**
   * @param key the thing that is written, as in the cache
   * @throws what `work` throws, after which nothing has changed; ProblemError `WRITE_UNAVAILABLE`
   */
  write<T>(
    written: WritableResource<T>,
    key: CacheKey,
    work: (sql: Sql) => Promise<WriteResult<T>>,
  ): Promise<WriteResult<T>> {
    return this.writeThrough.run(
      key,
      (committing) => this.database.write(work, committing),
      (result) => stateOf(written, result),
    );
  }

  /**
   * A write of one statement that commits by itself: for one that has no precondition, and changes nothing but the row of the
   * thing.
   *
   * @param change runs it; null if it found no row to change
   * @throws what `change` throws
   */
  alone<T>(
    written: WritableResource<T>,
    key: CacheKey,
    change: () => Promise<T | null>,
  ): Promise<Made<T> | null> {
    return this.writeThrough.alone(
      key,
      async () => {
        const value = await change();
        return value === null ? null : made(written, value, 200);
      },
      ({ state }) => state,
    );
  }

  /**
   * A write that is made once, however often it is sent under the same key.
   *
   * @param attempt null for a request without `Idempotency-Key`
   * @throws as `write`; ProblemError `IDEMPOTENCY_IN_PROGRESS`, `IDEMPOTENCY_KEY_REUSED`
   */
  once<T>(
    written: WritableResource<T>,
    key: CacheKey,
    attempt: IdempotentRequest | null,
    work: (sql: Sql) => Promise<Made<T>>,
  ): Promise<WriteResult<T>> {
    if (attempt === null) return this.write(written, key, work);
    return this.write(written, key, async (sql) => {
      const answer = await this.keys.recall(sql, attempt);
      if (answer !== null) return { kind: 'replayed', answer };
      const result = await work(sql);
      await this.keys.remember(sql, attempt, result.answer);
      return result;
    });
  }
}
