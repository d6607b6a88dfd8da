import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock, L2Trust } from '#libs/cache';
import type { Change, DatabaseState, OutboxCursor, OutboxRange, OutboxSession } from '#libs/db';
import { NamespacePurge } from '#libs/redis';
import { rootSpanned } from '#libs/tracing';
import { ChangeApplier } from './change-applier.js';
import { lowestOf, xminOf } from './database-history.js';
import { CoherenceEvents } from './events.js';
import { breakOf, type Claim, MarkClaims } from './mark-claims.js';
import { BacklogNews, type News } from './news.js';
import { Pace } from './pace.js';
import {
  beat,
  type MarkMove,
  type Marks,
  markAt,
  markWithin,
  partOf,
  snapshotsOf,
  WATERMARK_KEY,
  Watermark,
} from './watermark.js';

/** After so many failures this process considers Redis away; another one may reach it. */
const ATTEMPTS = 4;
const RETRY_MS = 25;

/** The identity that no database has. */
const NO_DATABASE = '';

/** How often the owner of a mark shows that it lives while a drain goes on. */
const BEAT_EVERY_MS = 500;

/** How often a drain of many batches looks for changes that were committed since: a bulk change of usual size ends before that. */
const NEWS_EVERY_MS = 50;

/**
 * `redis-unavailable`: not everything could be applied; the watermark says up to where. `redis-replaced`: it was applied
 * to another Redis than the one that had said where to begin; what that one is missing, its own watermark says. `foreign`:
 * the watermark is that of another database's leader, which is alive.
 */
export type DrainOutcome =
  | { readonly kind: 'drained'; readonly appliedBelow: string; readonly changes: number }
  | { readonly kind: 'redis-unavailable' }
  | { readonly kind: 'redis-replaced' }
  | { readonly kind: 'foreign' };

/** One leadership's drains. */
export interface Leadership {
  readonly session: OutboxSession;
  readonly claims: MarkClaims;
}

/** How far a drain has come. */
class Progress {
  news: News;
  newsAtMs: number;
  beatAtMs: number;
  changes = 0;
  /** Every entry is stale, as one of the changes says: what is older than it is emptied at the end. */
  isAllStale = false;

  constructor(
    readonly seen: DatabaseState,
    public marks: Marks,
    nowMs: number,
  ) {
    this.news = { backlog: seen.snapshot, seen };
    this.newsAtMs = nowMs;
    this.beatAtMs = nowMs;
  }

  take(rows: readonly Change[]): void {
    this.changes += rows.length;
    this.isAllStale ||= rows.some(({ kind }) => kind === 'all');
  }

  /** Up to where everything is applied if nothing is left of the range. */
  get upTo(): DatabaseState {
    const { news, seen, isAllStale } = this;
    // guard(mark-passes-complete-news): = news.seen
    return news.backlog === seen.snapshot && !isAllStale ? news.seen : seen;
  }
}

/** Applies the outbox beyond the watermark, and moves it. Applying twice does no harm. */
@Injectable()
export class OutboxDrain {
  constructor(
    private readonly applier: ChangeApplier,
    private readonly backlogNews: BacklogNews,
    private readonly watermark: Watermark,
    private readonly namespace: NamespacePurge,
    private readonly trust: L2Trust,
    private readonly clock: Clock,
    private readonly events: CoherenceEvents,
  ) {}

  leadershipOver(session: OutboxSession): Leadership {
    return { session, claims: new MarkClaims(this.clock) };
  }

  /** Whether every master can be asked for its mark. */
  async reachesRedis(): Promise<boolean> {
    return (await this.watermark.read()).kind === 'known';
  }

  /** @throws if Postgres cannot be read */
  async drain({ session, claims }: Leadership): Promise<DrainOutcome> {
    // Read every time: a Redis that came back older than it was shows it here.
    const [read, seen] = await Promise.all([this.watermark.read(), session.state()]);
    if (read.kind === 'unavailable') return { kind: 'redis-unavailable' };
    const claimed = new Map(read.masters.map((master) => [master.tag, claims.claim(master, seen)]));
    if ([...claimed.values()].includes('foreign')) return { kind: 'foreign' };
    await raiseVersions(session, read, seen, claimed);
    const begun = await this.beginWhereNeeded(read, seen, claimed);
    if (begun.kind !== 'moved') return { kind: `redis-${begun.kind}` };
    for (const [tag, claim] of claimed) claims.taken(tag, claim);
    this.trust.namespaceBelongsTo('own');
    const progress = new Progress(seen, begun.marks, this.clock.nowMs());
    const applied = await this.applyAll(session, progress);
    if (applied.kind !== 'moved') return { kind: `redis-${applied.kind}` };
    const { changes, upTo } = progress;
    const moved = await this.watermark.move(applied.marks, (master) => markAt(upTo, master));
    if (moved.kind !== 'moved') return { kind: `redis-${moved.kind}` };
    return { kind: 'drained', appliedBelow: xminOf(upTo.snapshot), changes };
  }

  /**
   * Empties the masters whose entries belong to another history, or may have missed changes that the outbox no longer holds.
   * What is loaded after that is of now, so their new marks begin here. The other marks stay, under this leader's name.
   */
  private async beginWhereNeeded(
    read: Marks,
    seen: DatabaseState,
    claimed: ReadonlyMap<string, Claim>,
  ): Promise<MarkMove> {
    const breaks = new Map(
      read.masters.map((master) => [master.tag, breakOf(master, seen, claimed.get(master.tag))]),
    );
    const emptied = [...breaks].filter(([, reason]) => reason !== null).map(([tag]) => tag);
    if (emptied.length === 0 && read.masters.every(({ mark }) => mark?.owner === seen.leader))
      return { kind: 'moved', marks: read };
    // First under this leader's name, and of no history that any process trusts: another leader that moves the mark meanwhile
    // would have the purge begin again and again.
    const claim = await this.watermark.move(read, (master) =>
      breaks.get(master.tag) ? { ...markAt(seen, master), identity: NO_DATABASE } : beat(master, seen.leader),
    );
    if (claim.kind !== 'moved') return claim;
    if (!(await this.namespace.purge(emptied, WATERMARK_KEY))) return { kind: 'unavailable' };
    const epoch = randomUUID();
    return await this.watermark.move(claim.marks, (master) => {
      const reason = breaks.get(master.tag) ?? null;
      if (reason === null) return beat(master, seen.leader);
      return { ...markAt(seen, master), epoch, formerEpoch: master.mark?.epoch ?? '', reason };
    });
  }

  /** @returns the last move of the marks */
  private async applyAll(session: OutboxSession, progress: Progress): Promise<MarkMove> {
    const { seen } = progress;
    // Every master has a mark by now: one that had none has just begun an epoch.
    const { masters } = progress.marks;
    const range: OutboxRange = { seen: seen.snapshot, applied: snapshotsOf(masters), part: partOf(masters) };
    // Everything below is applied, so the first of that transaction itself comes next.
    const start: OutboxCursor = { transaction: xminOf(lowestOf(range.applied)), id: '0' };
    const pace = new Pace(this.clock);
    for (let batch = await session.read(range, start, pace.batch); batch !== null; ) {
      pace.beginStep();
      // Postgres finds the next ones while Redis takes these.
      const following = batch.next === null ? null : session.read(range, batch.next, pace.batch);
      const [applied, next] = await Promise.all([
        this.applyPatiently(batch.rows, progress.changes > 0),
        following,
      ]);
      if (!applied) return { kind: 'unavailable' };
      this.events.emit('applied', batch.rows.length);
      progress.take(batch.rows);
      if (batch.next !== null && next !== null) {
        await pace.rest();
        await this.letNewsPass(session, progress);
        const beaten = await this.showLife(progress, batch.next);
        if (beaten.kind !== 'moved') return beaten;
      }
      batch = next;
    }
    // Before the mark says that it is applied. The next drain finds another history, and empties what is older.
    if (progress.isAllStale) await session.flush();
    return { kind: 'moved', marks: progress.marks };
  }

  /** A reader of what is committed now does not wait for the end of a backlog. */
  private async letNewsPass(session: OutboxSession, progress: Progress): Promise<void> {
    // guard(replay-lets-changes-pass): true
    if (this.clock.nowMs() - progress.newsAtMs < NEWS_EVERY_MS) return;
    progress.news = await this.backlogNews.apply(session, progress.marks, progress.news);
    progress.newsAtMs = this.clock.nowMs();
  }

  /** Shows other leaders that this one lives, and moves the marks to where it has come. */
  private async showLife(progress: Progress, reached: OutboxCursor): Promise<MarkMove> {
    const { seen, marks, isAllStale } = progress;
    if (this.clock.nowMs() - progress.beatAtMs < BEAT_EVERY_MS) return { kind: 'moved', marks };
    progress.beatAtMs = this.clock.nowMs();
    // guard(mark-waits-for-flush): = true
    const movesOn = !isAllStale;
    const beaten = await this.watermark.move(marks, (master) =>
      movesOn ? markWithin(seen, master, reached) : beat(master, seen.leader),
    );
    if (beaten.kind === 'moved') progress.marks = beaten.marks;
    return beaten;
  }

  /** One late answer of a busy Redis must not undo what was applied of a large change: all of it would come again. */
  private applyPatiently(changes: readonly Change[], isReplayed: boolean): Promise<boolean> {
    const attributes = { 'relay.changes': changes.length, 'relay.replay': isReplayed };
    return rootSpanned({ name: 'relay.apply', attributes }, () => this.applyOrGiveUp(changes, isReplayed));
  }

  private async applyOrGiveUp(changes: readonly Change[], isReplayed: boolean): Promise<boolean> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      if (await this.applier.apply(changes, isReplayed)) return true;
      await this.clock.wait(attempt * RETRY_MS);
    }
    return false;
  }
}

/**
 * A database that was restored, or whose sequence was set back, would deal out versions again that rows and tiers have already,
 * and those would refuse its changes.
 */
async function raiseVersions(
  session: OutboxSession,
  { masters }: Marks,
  { sequence }: DatabaseState,
  claimed: ReadonlyMap<string, Claim>,
): Promise<void> {
  for (const { tag, mark } of masters) {
    if (claimed.get(tag) !== 'continued' || mark?.sequence == null || sequence === null) continue;
    if (BigInt(mark.sequence) > BigInt(sequence)) await session.raiseVersions(mark.sequence);
  }
}
