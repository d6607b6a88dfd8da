import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/cache';
import type { Change, OutboxCursor, OutboxRange, OutboxSession } from '#libs/db';
import { CoherenceEvents } from '../events.js';
import { EMPTY_SNAPSHOT, isBeyond, lowestOf, type Snapshot, xminOf } from '../watermark/snapshot.js';
import { Watermark } from '../watermark/watermark.js';
import { ChangeApplier } from './change-applier.js';

/** Changes that travel to Redis together. */
const BATCH = 1_000;

/** After so many failures Redis is away, as far as this process can tell; another one may reach it. */
const ATTEMPTS = 4;
const RETRY_MS = 25;

/**
 * `redis-unavailable`: not everything could be applied; the watermark stands where it did. `redis-replaced`: it was applied
 * to another Redis than the one that had said where to begin; what that one is missing, its own watermark says.
 */
export type DrainOutcome =
  | { readonly kind: 'drained'; readonly appliedBelow: string }
  | { readonly kind: 'redis-unavailable' }
  | { readonly kind: 'redis-replaced' };

/** Applies what the outbox holds beyond the watermark, and moves it. Applying twice does no harm. */
@Injectable()
export class OutboxDrain {
  constructor(
    private readonly applier: ChangeApplier,
    private readonly watermark: Watermark,
    private readonly clock: Clock,
    private readonly events: CoherenceEvents,
  ) {}

  /** @throws where Postgres can not be read */
  async drain(session: OutboxSession): Promise<DrainOutcome> {
    // Asked every time: a Redis that came back older than it was says so here.
    const read = await this.watermark.read();
    if (read.kind === 'unavailable') return { kind: 'redis-unavailable' };
    const seen = await session.snapshot();
    const applied = ofThisDatabase(read.marks, seen);
    if (!(await this.applyAll(session, { seen, applied }))) return { kind: 'redis-unavailable' };
    const move = read.marks.every((mark) => mark === seen) ? 'moved' : await this.watermark.move(read, seen);
    if (move !== 'moved') return { kind: `redis-${move}` };
    return { kind: 'drained', appliedBelow: xminOf(seen) };
  }

  private async applyAll(session: OutboxSession, range: OutboxRange): Promise<boolean> {
    // Everything below is applied, so the first of that transaction itself comes next.
    const start: OutboxCursor = { transaction: xminOf(lowestOf(range.applied)), id: '0' };
    for (let batch = await session.read(range, start, BATCH); batch !== null; ) {
      // Postgres finds the next ones while Redis takes these.
      const following = session.read(range, batch.next, BATCH);
      const [applied, next] = await Promise.all([this.applyPatiently(batch.rows), following]);
      if (!applied) return false;
      this.events.emit('applied', batch.rows.length);
      batch = next;
    }
    return true;
  }

  /** One late answer of a busy Redis must not undo what was applied of a large change: all of it would come again. */
  private async applyPatiently(changes: readonly Change[]): Promise<boolean> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      if (await this.applier.apply(changes)) return true;
      await this.clock.wait(attempt * RETRY_MS);
    }
    return false;
  }
}

/** A mark from the future is of another database than this one: nothing that it says counts here. */
function ofThisDatabase(marks: readonly Snapshot[], seen: Snapshot): readonly Snapshot[] {
  return marks.map((mark) => (isBeyond(mark, seen) ? EMPTY_SNAPSHOT : mark));
}
