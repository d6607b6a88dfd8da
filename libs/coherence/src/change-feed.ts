import { createHash } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '#libs/cache';
import { DatabaseConfig, RedisConfig } from '#libs/config';
import { type DatabaseState, type FeedPosition, type FeedRow, OutboxFeed, Primary } from '#libs/db';
import { isBeyond, isPrunedSince, isSnapshot, prunedBelowIn, type Snapshot } from './database-history.js';

/**
 * Where a reader of the changes stands. It has everything that `seen` sees. If it is in the middle of a range, it also has what
 * `range.until` sees, up to `range.after`.
 */
export interface FeedCursor {
  /** Of the history that versions and transactions belong to, shortened: a cursor of another one means nothing. */
  readonly history: string;
  readonly seen: Snapshot;
  readonly range: { readonly until: Snapshot; readonly after: FeedPosition } | null;
}

const LARGEST_CURSOR = 16_384;
const FIELDS = 5;
const HISTORY = /^[\w-]{11}$/;
const NUMBER = /^-?\d{1,19}$/;

/** @param identity as the database reports it */
export function historyOf(identity: string): string {
  return createHash('sha256').update(identity).digest('base64url').slice(0, 11);
}

/** An opaque text of letters, digits, `-` and `_`. Snapshots list the transactions under way, so its length differs. */
function encodeFeedCursor({ history, seen, range }: FeedCursor): string {
  const fields = [history, seen];
  if (range !== null) fields.push(range.until, range.after.version, range.after.id);
  return Buffer.from(fields.join(' ')).toString('base64url');
}

/** @returns null if it is not a cursor */
function decodeFeedCursor(text: string): FeedCursor | null {
  if (text.length > LARGEST_CURSOR) return null;
  const fields = Buffer.from(text, 'base64url').toString('latin1').split(' ', FIELDS);
  const [history = '', seen = '', until = '', version = '', id = ''] = fields;
  if (!HISTORY.test(history) || !isSnapshot(seen)) return null;
  if (fields.length > 2 && !(isSnapshot(until) && NUMBER.test(version) && NUMBER.test(id))) return null;
  const range = fields.length > 2 ? { until, after: { version, id } } : null;
  const cursor = { history, seen, range };
  // Node also decodes text that is not base64url.
  return encodeFeedCursor(cursor) === text ? cursor : null;
}

export type FeedAnswer =
  /**
   * `next` stands behind the last of them, `cursorBehind` is that of a reader that has come so far in them. `isLast`: there was
   * nothing more at the time.
   */
  | {
      readonly kind: 'changes';
      readonly changes: readonly FeedRow[];
      readonly cursorBehind: (row: FeedRow) => string;
      readonly next: string;
      readonly isLast: boolean;
    }
  /** Changes behind the cursor are no longer in the outbox, or the database went back: the reader must begin again. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'not-a-cursor' }
  /** Too many readers wait already. */
  | { readonly kind: 'busy' };

/** For so long one look at the database answers all readers. A change arrives later by up to as much. */
const LOOK_EVERY_MS = 100;

/** Rows are read for many pages at once: each read sorts its range as a whole. */
const CHUNK_ROWS = 5_000;
const MAX_CHUNKS = 8;

const MAX_WAITING = 256;

const FIRST: FeedPosition = { version: '-9223372036854775808', id: '0' };

/** A place in what `until` sees and `seen` does not. */
interface Place {
  readonly seen: Snapshot;
  readonly until: Snapshot;
  readonly after: FeedPosition;
}

/** Rows from a place on; null if some were pruned meanwhile. */
interface Chunk {
  readonly from: Place;
  readonly rows: Promise<FeedRow[] | null>;
}

/**
 * The committed changes of the outbox in pages. Each is delivered at least once, those of a key in the order of its commits:
 *
 * A reader has what one snapshot sees, and gets what a later one sees beyond it, ordered by version. Of two changes of a key,
 * the later commit has the greater version, since it waited for the lock of the row; and what only the later snapshot sees was
 * committed later. A transaction that stays open holds up its own changes alone.
 */
@Injectable()
export class ChangeFeed implements OnApplicationShutdown {
  private session: Promise<OutboxFeed> | undefined;
  private look: { readonly atMs: number; readonly state: Promise<DatabaseState> } | undefined;
  private chunks: Chunk[] = [];
  private waiting = 0;

  constructor(
    private readonly database: DatabaseConfig,
    private readonly redis: RedisConfig,
    private readonly primary: Primary,
    private readonly clock: Clock,
  ) {}

  onApplicationShutdown(): void {
    this.forget();
  }

  /**
   * @param since the cursor of an earlier page or change; `now` for what comes from now on; null for all that the outbox holds
   * @param limit the most changes
   * @throws if Postgres cannot be read
   */
  async after(since: string | null, limit: number): Promise<FeedAnswer> {
    const given = since === null || since === 'now' ? null : decodeFeedCursor(since);
    if (given === null && since !== null && since !== 'now') return { kind: 'not-a-cursor' };
    if (this.waiting >= MAX_WAITING) return { kind: 'busy' };
    this.waiting += 1;
    try {
      let state = await this.latest(since === 'now' ? 0 : LOOK_EVERY_MS);
      const cursor = given ?? beginning(state, since === 'now');
      // Another process may have looked later than this one: a cursor is of another database only if a new look says so too.
      // guard(feed-cursor-of-another-process): drop
      if (isBeyond(endOf(cursor), state.snapshot)) state = await this.latest(0);
      // guard(feed-cursor-expires): drop
      if (hasExpired(cursor, state)) return { kind: 'expired' };
      return await this.page(cursor, state.snapshot, limit);
    } catch (error) {
      this.forget();
      throw error;
    } finally {
      this.waiting -= 1;
    }
  }

  private async page(
    { history, seen, range }: FeedCursor,
    now: Snapshot,
    limit: number,
  ): Promise<FeedAnswer> {
    const { until, after } = range ?? { until: now, after: FIRST };
    const rest = await this.rest({ seen, until, after });
    if (rest === null) return { kind: 'expired' };
    const page = rest.rows.slice(0, limit);
    const cursorBehind = ({ position }: FeedRow) =>
      encodeFeedCursor({ history, seen, range: { until, after: position } });
    const last = page.at(-1);
    const isWhole = last === undefined || (rest.isComplete && rest.rows.length <= limit);
    return {
      kind: 'changes',
      changes: page,
      cursorBehind,
      next: isWhole ? encodeFeedCursor({ history, seen: until, range: null }) : cursorBehind(last),
      isLast: isWhole && until === now,
    };
  }

  /** @returns the rows behind a place, all of them or the next thousands; null if some were pruned */
  private async rest(place: Place): Promise<{ rows: FeedRow[]; isComplete: boolean } | null> {
    if (place.seen === place.until) return { rows: [], isComplete: true };
    for (const chunk of this.chunks.filter(({ from }) => isOnTheWay(from, place))) {
      const all = await chunk.rows;
      if (all === null) return null;
      const rows = all.filter(({ position }) => isBehind(position, place.after));
      const isComplete = all.length < CHUNK_ROWS;
      if (isComplete || rows.length > 0) return { rows, isComplete };
    }
    const chunk = { from: place, rows: this.read(place) };
    this.chunks = [chunk, ...this.chunks].slice(0, MAX_CHUNKS);
    const rows = await chunk.rows;
    return rows && { rows, isComplete: rows.length < CHUNK_ROWS };
  }

  private async read({ seen, until, after }: Place): Promise<FeedRow[] | null> {
    const session = await this.open();
    const rows = await session.read({ seen: until, applied: [seen] }, after, CHUNK_ROWS);
    // The relay may have pruned rows of the range since it was compared.
    return isPrunedSince(seen, await session.state()) ? null : rows;
  }

  /** @param maxAgeMs how old the look may be */
  private latest(maxAgeMs: number): Promise<DatabaseState> {
    const nowMs = this.clock.nowMs();
    if (this.look === undefined || nowMs - this.look.atMs >= maxAgeMs)
      this.look = { atMs: nowMs, state: this.open().then((session) => session.state()) };
    return this.look.state;
  }

  private open(): Promise<OutboxFeed> {
    this.session ??= OutboxFeed.open(this.database, this.redis.prefix, this.primary);
    return this.session;
  }

  /** The next reader opens a new session: this one may be broken, or lead to a server that is no longer the primary. */
  private forget(): void {
    const { session } = this;
    this.session = undefined;
    this.look = undefined;
    this.chunks = [];
    session?.then(
      (open) => open.close(),
      () => undefined,
    );
  }
}

function beginning(state: DatabaseState, atNow: boolean): FeedCursor {
  const { identity, snapshot } = state;
  const prunedBelow = prunedBelowIn(state);
  const oldest = prunedBelow === '0' ? '1' : prunedBelow;
  return { history: historyOf(identity), seen: atNow ? snapshot : `${oldest}:${oldest}:`, range: null };
}

function hasExpired(cursor: FeedCursor, state: DatabaseState): boolean {
  return (
    cursor.history !== historyOf(state.identity) ||
    isBeyond(endOf(cursor), state.snapshot) ||
    isPrunedSince(cursor.seen, state)
  );
}

/** @returns the latest snapshot that its reader was given changes of */
function endOf({ seen, range }: FeedCursor): Snapshot {
  return range?.until ?? seen;
}

function isOnTheWay(from: Place, place: Place): boolean {
  return from.seen === place.seen && from.until === place.until && !isBehind(from.after, place.after);
}

function isBehind(one: FeedPosition, other: FeedPosition): boolean {
  const [version, than] = [BigInt(one.version), BigInt(other.version)];
  return version > than || (version === than && BigInt(one.id) > BigInt(other.id));
}
