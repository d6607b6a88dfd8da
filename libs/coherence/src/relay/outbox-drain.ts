import { Injectable } from '@nestjs/common';
import type { OutboxCursor, OutboxRange, OutboxSession } from '#libs/db';
import { CoherenceEvents } from '../events.js';
import { EMPTY_SNAPSHOT, isBeyond, lowestOf, type Snapshot, xminOf } from '../watermark/snapshot.js';
import { Watermark } from '../watermark/watermark.js';
import { ChangeApplier } from './change-applier.js';

/** Changes that travel to Redis together. */
const BATCH = 1_000;

/** `redis-unavailable`: not everything could be applied; the watermark stands where it did. */
export type DrainOutcome =
  | { readonly kind: 'drained'; readonly appliedBelow: string }
  | { readonly kind: 'redis-unavailable' };

/** Applies what the outbox holds beyond the watermark, and moves it. Applying twice does no harm. */
@Injectable()
export class OutboxDrain {
  constructor(
    private readonly applier: ChangeApplier,
    private readonly watermark: Watermark,
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
    const moved = read.marks.every((mark) => mark === seen);
    if (!moved && !(await this.watermark.write(seen))) return { kind: 'redis-unavailable' };
    return { kind: 'drained', appliedBelow: xminOf(seen) };
  }

  private async applyAll(session: OutboxSession, range: OutboxRange): Promise<boolean> {
    // Everything below is applied, so the first of that transaction itself comes next.
    let at: OutboxCursor = { transaction: xminOf(lowestOf(range.applied)), id: '0' };
    for (let batch = await session.read(range, at, BATCH); batch !== null; ) {
      if (!(await this.applier.apply(batch.rows))) return false;
      this.events.emit('applied', batch.rows.length);
      at = batch.next;
      batch = await session.read(range, at, BATCH);
    }
    return true;
  }
}

/** A mark from the future is of another database than this one: nothing that it says counts here. */
function ofThisDatabase(marks: readonly Snapshot[], seen: Snapshot): readonly Snapshot[] {
  return marks.map((mark) => (isBeyond(mark, seen) ? EMPTY_SNAPSHOT : mark));
}
