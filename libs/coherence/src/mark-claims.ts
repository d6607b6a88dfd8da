import type { Clock } from '#libs/cache';
import type { DatabaseState } from '#libs/db';
import { breakBetween, type EpochReason, isPrunedSince } from './database-history.js';
import type { MasterMark } from './watermark.js';

/** An owner whose mark has not changed for this long leads no more; a living one moves it twice a second. */
const SILENT_MS = 3_000;
/** A leader that held a mark for this long was the first: one that takes it away has to give it back. */
const ESTABLISHED_MS = 3_000;

/**
 * `continued`: the mark is this leader's, or that of the one before it. `won`: it was another database's, and so is what lies
 * beside it. `foreign`: it is not to be touched.
 */
export type Claim = 'continued' | 'won' | 'foreign';

/**
 * Decides whether a leader may write a mark that it finds in Redis.
 *
 * One process leads over a database, so a living owner that is neither this process nor the leader before it belongs to another
 * database. Its mark is left alone: two services that reset each other's mark in turn would leave both without a cache. The
 * owner's name decides, not the identity of its database, since a copy of a database has the same identity.
 */
export class MarkClaims {
  private readonly heldSinceMs = new Map<string, number>();
  private readonly unchanged = new Map<string, { readonly text: string; readonly sinceMs: number }>();
  /** Marks that were taken away, or given back, and are not this leader's until their owner is silent. */
  private readonly conceded = new Set<string>();

  constructor(private readonly clock: Clock) {}

  claim({ tag, text, mark }: MasterMark, { leader, formerLeader }: DatabaseState): Claim {
    if (mark === null || mark.owner === leader) return 'continued';
    const heldSinceMs = this.heldSinceMs.get(tag);
    if (heldSinceMs !== undefined) {
      if (this.clock.nowMs() - heldSinceMs >= ESTABLISHED_MS) return 'won';
      this.heldSinceMs.delete(tag);
      this.conceded.add(tag);
    }
    if (mark.owner === formerLeader && !this.conceded.has(tag)) return 'continued';
    return this.isSilent(tag, text) ? 'won' : 'foreign';
  }

  /**
   * This leader has written the mark. One that it won is not established yet: of two that take a mark from each other, the one
   * that does so later concedes.
   */
  taken(tag: string, claim: Claim): void {
    if (claim === 'won' || !this.heldSinceMs.has(tag)) this.heldSinceMs.set(tag, this.clock.nowMs());
    this.unchanged.delete(tag);
    this.conceded.delete(tag);
  }

  private isSilent(tag: string, text: string): boolean {
    const last = this.unchanged.get(tag);
    if (last?.text === text) return this.clock.nowMs() - last.sinceMs >= SILENT_MS;
    this.unchanged.set(tag, { text, sinceMs: this.clock.nowMs() });
    return false;
  }
}

/** @returns why a master needs a new epoch; null if it can be brought up to date */
export function breakOf(
  { mark }: MasterMark,
  seen: DatabaseState,
  claim: Claim | undefined,
): EpochReason | null {
  if (mark === null) return 'watermark-lost';
  const broken = breakBetween(mark, seen);
  if (broken !== null) return broken;
  if (claim !== 'continued') return 'taken-over';
  return isPrunedSince(mark.snapshot, seen) ? 'outbox-pruned' : null;
}
