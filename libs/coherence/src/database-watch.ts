import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock, L2Trust, type NamespaceOwner, OwnCaches, TrackedPrefixes } from '#libs/cache';
import { WiringError } from '#libs/cache/nest';
import { RedisConfig } from '#libs/config';
import type { DatabaseState, OutboxWatch, RecordedTable, Recording } from '#libs/db';
import { ProcessLogger } from '#libs/resilience';
import { breakBetween, type EpochReason, isPrunedSince, pointOf } from './database-history.js';
import { CoherenceEvents } from './events.js';
import type { Mark, MasterMark } from './watermark.js';

/** Cheap: it reads the catalogs, by an index. A change that was not recorded is served for so long at most, and a second. */
const LOOK_EVERY_MS = 5_000;

/** The tables that answers are made of, by the beginnings of their keys: `{ 'article:': [recordedTable('articles')] }`. */
export abstract class RecordedTables {
  abstract readonly of: Readonly<Record<string, readonly RecordedTable[]>>;
}

/**
 * Watches whether changes reach the outbox at all. A table without its triggers, or with triggers disabled for an import, changes
 * without anyone being notified, and every tier would go on serving what it has.
 */
@Injectable()
export class RecordingWatch implements OnModuleInit {
  private readonly logger = new ProcessLogger('Recording');
  private readonly tables: readonly RecordedTable[];
  private last: Recording | undefined;
  private lookedAtMs = Number.NEGATIVE_INFINITY;
  /** Changes may have been missed, and the caches were not emptied since. */
  private missed = false;

  constructor(
    private readonly recorded: RecordedTables,
    private readonly prefixes: TrackedPrefixes,
    private readonly clock: Clock,
  ) {
    const named = Object.values(recorded.of)
      .flat()
      .map((each) => [each.table, each] as const);
    this.tables = [...new Map(named).values()];
  }

  /** @throws WiringError for keys without tables */
  onModuleInit(): void {
    const unknown = this.prefixes.list.filter((prefix) => !(prefix in this.recorded.of));
    if (unknown.length === 0) return;
    throw new WiringError(
      'TABLES_UNKNOWN',
      `no tables are named for the keys ${unknown.join(', ')}: add them to CoherenceModule.forRoot({ tables })`,
    );
  }

  /** Why changes are not recorded, and what to do; null if they are, as far as is known. */
  get fault(): string | null {
    const fault = this.last?.fault ?? null;
    return fault === null ? null : `changes are not recorded: ${fault}; run npm run migrate`;
  }

  /** Whether what is committed and what is applied can be compared. */
  get isReadable(): boolean {
    return this.last?.isReadable ?? true;
  }

  /** Looks at the next call, whenever the last one was. */
  lookSoon(): void {
    this.lookedAtMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Looks from time to time. When changes are recorded again, or a trigger was altered since the last look, some may have been
   * missed: the caches of all processes are emptied.
   *
   * @returns whether every change is recorded, and none was missed since the caches were emptied
   * @throws if Postgres cannot be read, or, for the emptying, written to
   */
  async look(watch: OutboxWatch): Promise<boolean> {
    if (this.clock.nowMs() - this.lookedAtMs >= LOOK_EVERY_MS) {
      const { last, fault: before } = this;
      this.last = await watch.recording(this.tables);
      this.lookedAtMs = this.clock.nowMs();
      this.missed ||= this.fault !== null || (last !== undefined && last.revision !== this.last.revision);
      if (this.fault !== null && this.fault !== before) this.logger.error(this.fault);
    }
    if (this.fault !== null) return false;
    if (!this.missed) return true;
    await watch.flush();
    this.missed = false;
    this.logger.log('changes are recorded again; the caches are emptied, since some may have been missed');
    return true;
  }
}

/** Reasons for which only Redis was emptied: versions compare as before, and entries in L1 may still be right. */
const SAME_HISTORY: ReadonlySet<EpochReason> = new Set(['watermark-lost', 'outbox-pruned']);

/**
 * Detects in every process that the database has another history than before, by its reported identity and by the marks
 * in Redis, and empties the caches of this process.
 */
@Injectable()
export class HistoryWatch {
  private readonly logger = new ProcessLogger('History');
  private last: DatabaseState | undefined;
  /** The epoch of each master, as its mark said last. */
  private readonly epochs = new Map<string, string>();
  /** The caches were emptied already for the epoch that the marks will show next. */
  private isAhead = false;
  private foreign: { readonly owner: string; readonly beat: number } | undefined;

  constructor(
    private readonly own: OwnCaches,
    private readonly trust: L2Trust,
    private readonly redis: RedisConfig,
    private readonly events: CoherenceEvents,
  ) {}

  /** @returns whether the state is of the same history as the one before */
  continues(now: DatabaseState): boolean {
    const { last } = this;
    this.last = now;
    const broken = last === undefined ? null : breakBetween(pointOf(last), now);
    if (broken === null) return true;
    this.isAhead = true;
    this.trust.namespaceBelongsTo('unknown');
    this.forget(broken);
    return false;
  }

  /**
   * Takes the marks in, read before the state.
   *
   * @returns whether Redis holds entries of this database and history alone
   */
  owns(masters: readonly MasterMark[], now: DatabaseState): boolean {
    const owner = this.ownerOf(masters, now);
    if (owner !== 'own') {
      this.report(owner);
      return false;
    }
    this.enter(masters);
    if (masters.every(({ mark }) => mark?.owner === now.leader)) this.foreign = undefined;
    this.trust.namespaceBelongsTo('own');
    return true;
  }

  private ownerOf(masters: readonly MasterMark[], now: DatabaseState): NamespaceOwner {
    for (const { mark } of masters) {
      if (mark === null) return 'unknown';
      if (mark.owner !== now.leader) {
        if (this.isAlive(mark)) return 'foreign';
        // Between two leaders the mark is that of the former one. It says nothing more.
        if (mark.owner !== now.formerLeader) return 'unknown';
      }
      if (breakBetween(mark, now) !== null || isPrunedSince(mark.snapshot, now)) return 'unknown';
    }
    return 'own';
  }

  /** After a failover the old leader's mark stands for a moment. One that goes on moving is of another database. */
  private isAlive({ owner, beat }: Mark): boolean {
    const alive = this.foreign?.owner === owner && this.foreign.beat !== beat;
    if (this.foreign?.owner !== owner) this.foreign = { owner, beat };
    return alive;
  }

  private report(owner: NamespaceOwner): void {
    const isNews = owner === 'foreign' && this.trust.namespaceOwner !== 'foreign';
    this.trust.namespaceBelongsTo(owner);
    if (!isNews) return;
    const { prefix } = this.redis;
    this.logger.error(
      `another database's service uses the Redis namespace "${prefix}": Redis is not used. Set REDIS_PREFIX to a different value for one of the two services`,
    );
  }

  private enter(masters: readonly MasterMark[]): void {
    const isFirstLook = this.epochs.size === 0;
    const entered = masters.flatMap(({ tag, mark }) =>
      mark !== null && this.epochs.get(tag) !== mark.epoch ? [{ ...mark, known: this.epochs.get(tag) }] : [],
    );
    for (const { tag, mark } of masters) if (mark !== null) this.epochs.set(tag, mark.epoch);
    const [first] = entered;
    if (first === undefined) return;
    const isForgotten = isFirstLook || this.isAhead;
    this.isAhead = false;
    if (isForgotten) return;
    const lost = entered.find(
      ({ reason, known, formerEpoch }) =>
        !SAME_HISTORY.has(reason) || (known !== undefined && known !== formerEpoch),
    );
    if (lost === undefined) {
      this.own.suspectAll();
      this.begin(first.reason, 'Redis was emptied, entries in L1 are compared before use');
    } else this.forget(lost.reason);
  }

  private forget(reason: EpochReason): void {
    this.own.forgetAll();
    this.begin(reason, 'caches emptied');
  }

  private begin(reason: EpochReason, what: string): void {
    this.logger.warn(`new epoch (${reason}): ${what}`);
    this.events.emit('epoch', reason);
  }
}
