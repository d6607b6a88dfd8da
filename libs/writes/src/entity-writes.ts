import { Injectable, Module } from '@nestjs/common';
import { type CacheKey, etagOf, type Loaded } from '#libs/cache';
import { type CachedResourceOptions, loadedOf } from '#libs/cache-http';
import { WriteThrough } from '#libs/coherence';
import { WriteConfig } from '#libs/config';
import {
  DatabaseWriter,
  DbModule,
  IdempotencyKeys,
  type IdempotentRequest,
  type RememberedAnswer,
  type Sql,
} from '#libs/db';
import { ProblemError } from '#libs/errors';
import { ifMatchHolds } from '#libs/http';

/** How a kind of thing is written. */
export interface WritableResource<T> {
  /** Its name in problems: `Article`. */
  readonly noun: string;
  /** How a GET of it is answered; a write is answered with the same bytes and the same tag. */
  readonly resource: CachedResourceOptions<T>;
  readonly idOf: (value: T) => string;
  /** Its path without the id: `/articles`. */
  readonly path: string;
  /**
   * Whether its answer is made of other rows too. Such a state may be older than a change of those rows, so the caches are
   * not given it, and load it.
   */
  readonly isDerived: boolean;
}

/** A thing that was made or changed, with its answer. */
export interface Made<T> {
  readonly kind: 'made';
  readonly value: T;
  readonly answer: RememberedAnswer;
  /** The same for the tiers. */
  readonly state: Loaded;
}

/** The outcome of a write. */
export type WriteResult<T> =
  | Made<T>
  | { readonly kind: 'removed' }
  /** It was made before, and this was answered then. */
  | { readonly kind: 'replayed'; readonly answer: RememberedAnswer };

/** The tag that a GET of the thing would bring. */
function etagOfValue<T>({ resource }: WritableResource<T>, value: T): string {
  return taggedOf(resource, value).etag;
}

/** A thing that was made or changed, with the bytes and the tag that a GET would bring; both are made once. */
export function made<T>(written: WritableResource<T>, value: T, status: 200 | 201): Made<T> {
  const { state, etag, body } = taggedOf(written.resource, value);
  const answer = {
    status,
    etag,
    location: status === 201 ? `${written.path}/${written.idOf(value)}` : null,
    body: Buffer.from(body, 'latin1').toString(),
  };
  return { kind: 'made', value, answer, state };
}

/** The state that the tiers may be given; null for none. */
export function stateOf<T>({ isDerived }: WritableResource<T>, result: WriteResult<T>): Loaded | null {
  return result.kind === 'made' && !isDerived ? result.state : null;
}

/** Its body is a byte a character, as the tiers keep it. */
function taggedOf<T>(resource: CachedResourceOptions<T>, value: T) {
  const loaded = loadedOf(resource, value);
  if (loaded.state === 'absent') return { state: loaded, etag: etagOf(''), body: '' };
  const etag = etagOf(loaded.body);
  return { state: { ...loaded, etag }, etag, body: loaded.body };
}

/** Whether a thing is the one that its writer has seen. To be asked while its row is held. */
@Injectable()
export class Precondition {
  constructor(private readonly config: WriteConfig) {}

  /** Whether a write has to hold its row and compare it before it changes it. */
  isAsked(ifMatch: string | undefined): boolean {
    return ifMatch !== undefined || this.config.requireIfMatch;
  }

  /**
   * @param ifMatch the header
   * @throws ProblemError `PRECONDITION_FAILED`, or `PRECONDITION_REQUIRED` if the service asks for the header
   */
  check<T>(written: WritableResource<T>, value: T, ifMatch: string | undefined): void {
    if (ifMatch !== undefined) this.checkGiven(written, value, ifMatch);
    else if (this.config.requireIfMatch) throw preconditionRequired(written);
  }

  /** @throws ProblemError `PRECONDITION_FAILED` */
  checkGiven<T>(written: WritableResource<T>, value: T, ifMatch: string): void {
    if (ifMatchHolds(ifMatch, etagOfValue(written, value))) return;
    throw new ProblemError('PRECONDITION_FAILED', {
      detail: `${written.noun} ${written.idOf(value)} has none of the entity tags in If-Match: it was changed meanwhile.`,
    });
  }
}

function preconditionRequired<T>({ noun }: WritableResource<T>): ProblemError {
  return new ProblemError('PRECONDITION_REQUIRED', {
    detail: `Send the ETag of the ${noun.toLowerCase()} that you have seen in If-Match.`,
  });
}

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

/** For modules of features that are written. */
@Module({
  imports: [DbModule],
  providers: [EntityWrites, Precondition],
  exports: [EntityWrites, Precondition],
})
export class WritesModule {}
