/** The transactions between: visible in `seen`, and not in every one of `applied`. Snapshots as Postgres writes them. */
export interface OutboxRange {
  readonly seen: string;
  readonly applied: readonly string[];
  /** Rows up to this id are applied of the first transaction that `applied`, one snapshot, does not see; default: none. */
  readonly part?: string | undefined;
}

/** A place in the outbox: everything before it was read. */
export interface OutboxCursor {
  readonly transaction: string;
  readonly id: string;
}

/** The place before every row. */
const BEGINNING: OutboxCursor = { transaction: '0', id: '-9223372036854775808' };

/**
 * What some snapshots do not see all of: the transactions that were under way then, and all from the first on that had not
 * begun. Read by these two, the outbox costs what is new in it. Read from the oldest transaction that was under way, it costs
 * what was committed since that one began, which may be hours ago.
 */
export interface Unapplied {
  /** Below `notBegun`. */
  readonly underWay: readonly string[];
  readonly notBegun: string;
}

function unappliedIn(applied: readonly string[]): Unapplied {
  const parts = applied.map((snapshot) => snapshot.split(':'));
  const begun = parts.map(([, xmax = '1']) => BigInt(xmax));
  const notBegun = begun.reduce((least, xmax) => (xmax < least ? xmax : least), begun[0] ?? 1n);
  const listed = parts.flatMap(([, , list = '']) => list.split(',').filter((id) => id !== ''));
  const underWay = new Set(listed.filter((id) => BigInt(id) < notBegun));
  return { underWay: [...underWay], notBegun: String(notBegun) };
}

/**
 * The rows of the outbox in a range, for a statement whose first six parameters are `rangeValues`. A transaction that is still
 * under way is not looked for: its rows, however many, are visible to no other transaction.
 *
 * Each part is one walk through the index of transactions, from where its rows begin to where they end, whatever the statistics
 * say: rows that are compared by order, and not for equality, are not joined by a hash of the whole table; a comparison of both
 * columns is of use to no other index; and of two lower bounds the walk may begin at the lesser, so there is one. That a walk is
 * not replaced by a scan of the table, the session sees to (see `DatabaseStates`).
 *
 * @param limit the most rows of each part
 */
export function rowsInRange(columns: string, limit: number | '$7' | 'ALL' = 'ALL'): string {
  const inOrder = `ORDER BY outbox.transaction, outbox.id LIMIT ${limit}`;
  return `
    (
      SELECT ${columns} FROM outbox
      WHERE (transaction, id) > ($1::xid8, $2::bigint) AND pg_visible_in_snapshot(transaction, $4::pg_snapshot)
      ${inOrder}
    ) UNION ALL (
      SELECT late.* FROM unnest($3::xid8[]) AS settled (transaction), LATERAL (
        SELECT ${columns} FROM outbox
        WHERE outbox.transaction <= settled.transaction AND (outbox.transaction, outbox.id) >
          (settled.transaction, CASE WHEN settled.transaction = $5::xid8 THEN $6::bigint ELSE ${BEGINNING.id} END)
        ${inOrder}
      ) AS late
      WHERE settled.transaction >= $5::xid8 AND pg_visible_in_snapshot(settled.transaction, $4::pg_snapshot)
    )`;
}

/** @param after only what comes after it; default: all */
export function rangeValues(
  { seen, applied, part }: OutboxRange,
  after: OutboxCursor = BEGINNING,
): unknown[] {
  const { notBegun, underWay } = unappliedIn(applied);
  const beginning = { transaction: notBegun, id: part ?? BEGINNING.id };
  const start = isBehind(after, beginning) ? after : beginning;
  return [
    start.transaction,
    start.id,
    /* guard(outbox-is-read-by-snapshot): = [] */ underWay,
    seen,
    after.transaction,
    after.id,
  ];
}

function isBehind(one: OutboxCursor, other: OutboxCursor): boolean {
  const [transaction, begun] = [BigInt(one.transaction), BigInt(other.transaction)];
  return transaction > begun || (transaction === begun && BigInt(one.id) > BigInt(other.id));
}
