import { Injectable } from '@nestjs/common';
import { ProblemError } from '#libs/errors';
import type { Sql } from '../writing/written.js';
import { IdempotencySweep } from './idempotency-sweep.js';
import type { IdempotentRequest, RememberedAnswer } from './remembered-answer.js';
import { RETENTION } from './retention.js';

const RETRY_AFTER_SECONDS = 1;

/** Held until the transaction ends. Of 64 bits: that two keys meet is nothing that will happen. */
const LOCK = 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS locked';

const SELECT = `
  SELECT fingerprint, status, etag, location, body FROM idempotency_keys
  WHERE owner = $1 AND key = $2 AND recorded_at > clock_timestamp() - ${RETENTION}`;

/** In the place of one that is too old. */
const INSERT = `
  INSERT INTO idempotency_keys (owner, key, fingerprint, status, etag, location, body)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (owner, key) DO UPDATE SET
    fingerprint = excluded.fingerprint, status = excluded.status, etag = excluded.etag,
    location = excluded.location, body = excluded.body, recorded_at = excluded.recorded_at`;

/** Remembers answers in the transactions of what they tell of: there is never one without the other. */
@Injectable()
export class IdempotencyKeys {
  constructor(private readonly sweep: IdempotencySweep) {}

  /**
   * Claims a key for the rest of the transaction.
   *
   * @returns what was answered to this request before; null where it is new
   * @throws ProblemError `IDEMPOTENCY_IN_PROGRESS` while another transaction has the key; `IDEMPOTENCY_KEY_REUSED`
   *   where the key is another request's
   */
  async recall(sql: Sql, { owner, key, fingerprint }: IdempotentRequest): Promise<RememberedAnswer | null> {
    const [lock] = await sql<{ locked: boolean }>(LOCK, [JSON.stringify([owner, key])]);
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
