import type { DatabaseState } from '#libs/db';

/**
 * What of Postgres' transactions is settled, as Postgres writes it: `xmin:xmax:in-progress,…`. Every transaction below
 * xmin is, none from xmax on, and of those between all that are not listed.
 */
export type Snapshot = string;

const FORM = /^(\d{1,19}):(\d{1,19}):(?:\d{1,19}(?:,\d{1,19})*)?$/;

export function isSnapshot(text: string): boolean {
  return FORM.test(text);
}

/** @returns the first transaction that may not be settled */
export function xminOf(snapshot: Snapshot): string {
  return snapshot.slice(0, snapshot.indexOf(':'));
}

/** Whether it speaks of transactions that the other has not even begun: then it is of another database. */
export function isBeyond(snapshot: Snapshot, other: Snapshot): boolean {
  return BigInt(xmaxOf(snapshot)) > BigInt(xmaxOf(other));
}

/** Whether a transaction that was committed is part of it. */
export function isSeenBy(snapshot: Snapshot, transaction: string): boolean {
  const [, , underWay = ''] = snapshot.split(':');
  return BigInt(transaction) < BigInt(xmaxOf(snapshot)) && !underWay.split(',').includes(transaction);
}

/** @returns the first transaction that had not begun */
export function xmaxOf(snapshot: Snapshot): string {
  return FORM.exec(snapshot)?.[2] ?? '0';
}

/** The one of them that begins lowest: below its xmin all of them see everything. */
export function lowestOf(snapshots: readonly Snapshot[]): Snapshot {
  return snapshots.reduce((low, other) => (BigInt(xminOf(other)) < BigInt(xminOf(low)) ? other : low));
}

/** What of a snapshot lies below a transaction: neither that one nor a later one has begun. */
export function below(snapshot: Snapshot, transaction: string): Snapshot {
  const [, , underWay = ''] = snapshot.split(':');
  const lower = underWay.split(',').filter((id) => id !== '' && BigInt(id) < BigInt(transaction));
  return `${lower[0] ?? transaction}:${transaction}:${lower.join(',')}`;
}

/**
 * Why the caches were emptied. `database-changed`: another server, timeline, database or outbox answers. `went-back`: the same
 * one lost commits, or its sequence was set back. `flushed`: an operator asked for it. `watermark-lost`: Redis does not know
 * how far it had come. `outbox-pruned`: it has fallen behind what the outbox still holds. `taken-over`: another database's
 * service used the namespace before.
 */
export const EPOCH_REASONS = [
  'database-changed',
  'went-back',
  'flushed',
  'watermark-lost',
  'outbox-pruned',
  'taken-over',
] as const;

export type EpochReason = (typeof EPOCH_REASONS)[number];

/** The facts by which two moments of a database are compared. */
export interface HistoryPoint {
  readonly snapshot: Snapshot;
  readonly identity: string;
  readonly flushes: string;
  readonly sequence: string | null;
  readonly wal: string | null;
  readonly startedAt: string;
}

export function pointOf(state: DatabaseState): HistoryPoint {
  const { snapshot, identity, flushes, sequence, wal, startedAt } = state;
  return { snapshot, identity, flushes, sequence, wal, startedAt };
}

/**
 * Whether what was true of an earlier moment leads to the later one: versions and transactions compare only within one history.
 *
 * Each value only ever grows within a history, and nothing is remembered but the last one seen. So a sequence that was set back
 * breaks the history once, and is measured from its lower value afterwards.
 *
 * @returns what separates the two; null if the later one continues the earlier
 */
export function breakBetween(before: HistoryPoint, now: DatabaseState): EpochReason | null {
  if (before.identity !== now.identity) return 'database-changed';
  if (before.flushes !== now.flushes) return 'flushed';
  if (isBeyond(before.snapshot, now.snapshot)) return 'went-back';
  if (isGreater(before.sequence, now.sequence) || isGreater(before.wal, now.wal)) return 'went-back';
  // A crash lost the end of the log, and more may have been written since than was lost.
  const restarted = before.startedAt !== now.startedAt;
  return restarted && isGreater(before.wal, now.checkpoint) ? 'went-back' : null;
}

/**
 * Below which transaction rows may be missing from the outbox. Transactions that have not begun here were pruned in another
 * database, which this one is a copy of.
 */
export function prunedBelowIn({ snapshot, prunedBelow }: DatabaseState): string {
  return BigInt(prunedBelow) > BigInt(xmaxOf(snapshot)) ? '0' : prunedBelow;
}

/**
 * Whether the outbox no longer holds every change since a snapshot. One that sees the last deletion misses nothing: it sees all
 * that was deleted, also while an older transaction is open and holds its beginning back.
 */
export function isPrunedSince(snapshot: Snapshot, state: DatabaseState): boolean {
  const { prunedBy } = state;
  if (BigInt(xminOf(snapshot)) >= BigInt(prunedBelowIn(state))) return false;
  // guard(deletion-begins-one-epoch): true
  return prunedBy === null || !isSeenBy(snapshot, prunedBy);
}

function isGreater(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && BigInt(one) > BigInt(other);
}
