import { Injectable, Logger } from '@nestjs/common';
import { DatabaseLink } from '../database-link.js';
import { RETENTION } from './retention.js';

const EVERY_MS = 60_000;
const BATCH = 500;

/** Whoever else sweeps has locked the rows that it takes; there are others. */
const DELETE = `
  DELETE FROM idempotency_keys WHERE (owner, key) IN (
    SELECT owner, key FROM idempotency_keys
    WHERE recorded_at <= clock_timestamp() - ${RETENTION}
    ORDER BY recorded_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
  ) RETURNING 1`;

/** Removes answers that are too old to be asked for, a few at a time, where writes come by anyway. */
@Injectable()
export class IdempotencySweep {
  private readonly logger = new Logger('Idempotency');
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
