import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ProblemError } from '#libs/errors';
import { ProcessLogger } from '#libs/resilience';
import { DatabaseLink } from './database-link.js';
import type { Sql } from './transaction.js';

/** How long an answer is remembered: longer than any client goes on trying. As an interval of Postgres. */
const RETENTION = `interval '24 hours'`;

/** A request that its sender may send again. */
export interface IdempotentRequest {
  /** The writer of the key: two writers may use the same key. */
  readonly owner: string;
  readonly key: string;
  /** Distinguishes this request from others under the same key; see fingerprintOf. */
  readonly fingerprint: string;
}

/** The answer, to be repeated byte by byte. */
export interface RememberedAnswer {
  readonly status: number;
  readonly etag: string;
  readonly location: string | null;
  readonly body: string;
}

type Scalar = string | number | boolean | null | undefined;

/**
 * Distinguishes two requests with one key. Computed from the parsed request, not from its bytes: the order of the
 * keys, or a space more, makes no other request.
 *
 * @param input the body's fields after validation; one that is undefined counts as one that is not there
 */
export function fingerprintOf(method: string, path: string, input: Readonly<Record<string, Scalar>>): string {
  const fields = Object.entries(input)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return hash('sha256', JSON.stringify([method, path, fields]), 'base64url');
}

const EVERY_MS = 60_000;
const BATCH = 500;

/** Another sweep has locked the rows that it removes; there are others. */
const DELETE = `
  DELETE FROM idempotency_keys WHERE (owner, key) IN (
    SELECT owner, key FROM idempotency_keys
    WHERE recorded_at <= clock_timestamp() - ${RETENTION}
    ORDER BY recorded_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
  ) RETURNING 1`;

/** Removes answers that are too old to be asked for, a few at a time, during other writes. */
@Injectable()
export class IdempotencySweep {
  private readonly logger = new ProcessLogger('Idempotency');
  private nextAtMs = 0;

  constructor(private readonly database: DatabaseLink) {}

  /** Sweeps if it is time for it, in the background. */
  nowAndThen(nowMs: number = performance.now()): void {
    if (nowMs < this.nextAtMs) return;
    this.nextAtMs = nowMs + EVERY_MS;
    void this.sweep();
  }

  private async sweep(): Promise<void> {
    try {
      const removed = await this.database.query(DELETE);
      // There are more: the next write goes on.
      if (removed.length === BATCH) this.nextAtMs = 0;
    } catch (error) {
      this.logger.warn(`old keys stay for now: ${error instanceof Error ? error.message : error}`);
    }
  }
}

const RETRY_AFTER_SECONDS = 1;

/** Held until the transaction ends. Of 64 bits: that two keys meet is nothing that will happen. */
const LOCK = 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS locked';

const SELECT = `
  SELECT fingerprint, status, etag, location, body FROM idempotency_keys
  WHERE owner = $1 AND key = $2 AND recorded_at > clock_timestamp() - ${RETENTION}`;

/** Replaces one that is too old. */
const INSERT = `
  INSERT INTO idempotency_keys (owner, key, fingerprint, status, etag, location, body)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (owner, key) DO UPDATE SET
    fingerprint = excluded.fingerprint, status = excluded.status, etag = excluded.etag,
    location = excluded.location, body = excluded.body, recorded_at = excluded.recorded_at`;

/** Stores answers in the transactions of their changes: there is never one without the other. */
@Injectable()
export class IdempotencyKeys {
  constructor(private readonly sweep: IdempotencySweep) {}

  /**
   * Claims a key for the rest of the transaction.
   *
   * @returns the earlier answer to this request; null if it is new
   * @throws ProblemError `IDEMPOTENCY_IN_PROGRESS` while another transaction has the key; `IDEMPOTENCY_KEY_REUSED`
   *   where the key is another request's
   */
  async recall(sql: Sql, { owner, key, fingerprint }: IdempotentRequest): Promise<RememberedAnswer | null> {
    const [lock] = await sql<{ locked: boolean }>(LOCK, [JSON.stringify([owner, key])]);
    // guard(idempotency-key-has-one-user): drop
    if (lock?.locked !== true) throw inProgress();
    // A statement of its own: its snapshot must be taken after the lock, or it misses what the last holder committed.
    const [row] = await sql<RememberedAnswer & { fingerprint: string }>(SELECT, [owner, key]);
    if (row === undefined) return null;
    if (row.fingerprint !== fingerprint) throw reused();
    const { status, etag, location, body } = row;
    return { status, etag, location, body };
  }

  /** Remembers what will be answered, once the transaction is committed. The key must have been claimed before. */
  async remember(sql: Sql, request: IdempotentRequest, answer: RememberedAnswer): Promise<void> {
    const { owner, key, fingerprint } = request;
    const { status, etag, location, body } = answer;
    await sql(INSERT, [owner, key, fingerprint, status, etag, location, body]);
    this.sweep.nowAndThen();
  }
}

function inProgress(): ProblemError {
  return new ProblemError('IDEMPOTENCY_IN_PROGRESS', {
    detail: 'A request with this Idempotency-Key is being answered right now. Send it again shortly.',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

function reused(): ProblemError {
  return new ProblemError('IDEMPOTENCY_KEY_REUSED', {
    detail: 'This Idempotency-Key was used for another address or another body.',
  });
}
