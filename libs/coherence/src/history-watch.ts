import { Injectable } from '@nestjs/common';
import { L2Trust, type NamespaceOwner, OwnCaches } from '#libs/cache';
import { RedisConfig } from '#libs/config';
import type { DatabaseState } from '#libs/db';
import { ProcessLogger } from '#libs/resilience';
import { breakBetween, type EpochReason, isPrunedSince, pointOf } from './database-history.js';
import { CoherenceEvents } from './events.js';
import type { Mark, MasterMark } from './watermark.js';

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
