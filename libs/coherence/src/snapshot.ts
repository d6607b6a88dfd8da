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
