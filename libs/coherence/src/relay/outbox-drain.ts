import { Injectable } from '@nestjs/common';
import { type CacheKey, Changes } from '#libs/cache';
import type { OutboxCursor, OutboxRow, OutboxSession } from '#libs/db';
import { CoherenceEvents } from '../events.js';
import { Watermark } from '../watermark/watermark.js';
import { GroupsOf } from './groups-of.js';

/** Changes that travel to Redis together. */
const BATCH = 1_000;

const BEFORE_ALL: OutboxCursor = { transaction: '0', id: '0' };

/** `redis-unavailable`: not everything could be applied; the watermark stands where it did. */
export type DrainOutcome =
  | { readonly kind: 'drained'; readonly appliedBelow: string }
  | { readonly kind: 'redis-unavailable' };

/** Applies what the outbox holds above the watermark, and moves it. Applying twice does no harm. */
@Injectable()
export class OutboxDrain {
  constructor(
    private readonly changes: Changes,
    private readonly watermark: Watermark,
    private readonly groups: GroupsOf,
    private readonly events: CoherenceEvents,
  ) {}

  /** @throws where Postgres can not be read */
  async drain(session: OutboxSession): Promise<DrainOutcome> {
    // Asked every time: a Redis that came back older than it was says so here.
    const mark = await this.watermark.read();
    if (mark.kind === 'unavailable') return { kind: 'redis-unavailable' };
    const horizon = await session.horizon();
    let at = startOf(mark.kind === 'known' ? mark.transaction : '0', horizon);
    for (let batch = await session.read(at, horizon, BATCH); batch !== null; ) {
      if (!(await this.apply(batch.rows))) return { kind: 'redis-unavailable' };
      this.events.emit('applied', batch.rows.length);
      at = batch.next;
      batch = await session.read(at, horizon, BATCH);
    }
    const moved = mark.kind === 'known' && mark.transaction === horizon;
    if (!moved && !(await this.watermark.write(horizon))) return { kind: 'redis-unavailable' };
    return { kind: 'drained', appliedBelow: horizon };
  }

  private async apply(rows: readonly OutboxRow[]): Promise<boolean> {
    const newest = new Map<CacheKey, number>();
    for (const { key, version } of rows) {
      newest.set(key as CacheKey, Math.max(version, newest.get(key as CacheKey) ?? 0));
    }
    const told = await Promise.all([...newest].map(([key, version]) => this.changes.changed(key, version)));
    // After the members: a page that is read anew must not be made of what they were.
    const groups = new Set([...newest.keys()].flatMap((key) => this.groups.of(key)));
    const groupsTold = await Promise.all([...groups].map((group) => this.changes.groupChanged(group)));
    return told.every((outcome) => outcome !== 'unavailable') && groupsTold.every(Boolean);
  }
}

/** A mark beyond the horizon is of another database than this one: nothing that it says counts here. */
function startOf(mark: string, horizon: string): OutboxCursor {
  if (BigInt(mark) > BigInt(horizon)) return BEFORE_ALL;
  // Everything below the mark is applied, so the first of the mark's own transaction comes next.
  return { transaction: mark, id: '0' };
}
