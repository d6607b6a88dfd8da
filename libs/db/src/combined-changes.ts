import { sqlStateOf } from '#libs/resilience';

/** How a kind of change is made. */
export interface CombinedStatements<By, Row> {
  /** Changes one row. @returns its new state; null if there was none to change */
  one(key: string, by: By): Promise<Row | null>;
  /**
   * Changes those of several rows that it can change without waiting for another transaction, and skips the others.
   *
   * @param changes of different rows
   * @returns the new states by key
   */
  several(changes: readonly Change<By>[]): Promise<ReadonlyMap<string, Row>>;
}

interface Change<By> {
  readonly key: string;
  readonly by: By;
}

interface Waiting<By, Row> extends Change<By> {
  resolve(row: Row | null): void;
  reject(error: unknown): void;
}

/** So many rows of one statement are changed in about a millisecond. */
const ROWS_AT_ONCE = 32;
/** What cannot be combined soon waits where the other writes do, which is bounded in length and in time. */
const MOST_WAITING = 256;

/**
 * Makes changes of single rows. While all slots for writes are taken, those that wait are combined: the next free slot makes
 * them in one statement, as databases combine commits. The busier the way to Postgres, the less a change costs.
 *
 * No change waits for the row of another one: what a combined statement skips is made by itself. Nor does one fail for another: if
 * Postgres refuses a combined statement, each of its changes is made by itself.
 */
export class CombinedChanges<By, Row> {
  private waiting = new Map<string, Waiting<By, Row>>();
  private running = 0;

  /** @param slots statements at once */
  constructor(
    private readonly slots: number,
    private readonly statements: CombinedStatements<By, Row>,
  ) {}

  /**
   * @returns the new state; null if there was no row to change
   * @throws what the statement throws
   */
  change(key: string, by: By): Promise<Row | null> {
    if (this.running < this.slots) return this.inSlot(() => this.statements.one(key, by));
    if (this.waiting.has(key) || this.waiting.size >= MOST_WAITING) return this.statements.one(key, by);
    const { promise, resolve, reject } = Promise.withResolvers<Row | null>();
    this.waiting.set(key, { key, by, resolve, reject });
    return promise;
  }

  private async inSlot<T>(work: () => Promise<T>): Promise<T> {
    this.running += 1;
    try {
      return await work();
    } finally {
      this.running -= 1;
      if (this.waiting.size > 0) void this.inSlot(() => this.make(this.next()));
    }
  }

  private next(): Waiting<By, Row>[] {
    const all = [...this.waiting.values()];
    // Not by deletions: V8 links each table that a map leaves behind to the next one, and a dead table of the old generation would keep
    // all that ever waited.
    this.waiting = new Map(all.slice(ROWS_AT_ONCE).map((each) => [each.key, each]));
    return all.slice(0, ROWS_AT_ONCE);
  }

  private async make(changes: readonly Waiting<By, Row>[]): Promise<void> {
    const [first] = changes;
    if (first !== undefined && changes.length === 1) return this.makeAlone(first);
    const rows = await this.together(changes);
    for (const each of changes) {
      const row = rows?.get(each.key);
      if (row !== undefined) each.resolve(row);
      else if (rows !== null) void this.makeAlone(each);
    }
  }

  /** @returns null if all of them have failed: Postgres cannot make them now, or may have made them */
  private async together(changes: readonly Waiting<By, Row>[]): Promise<ReadonlyMap<string, Row> | null> {
    try {
      return await this.statements.several(changes);
    } catch (error) {
      // guard(combined-changes-are-made-once): true
      if (isRefusal(error)) return new Map();
      for (const each of changes) each.reject(error);
      return null;
    }
  }

  private async makeAlone({ key, by, resolve, reject }: Waiting<By, Row>): Promise<void> {
    try {
      resolve(await this.statements.one(key, by));
    } catch (error) {
      reject(error);
    }
  }
}

/** Not those of a server that is away, out of resources, stopping or contended: there the statement may have been carried out. */
const UNAVAILABLE = /^(?:08|40|53|55|57|58)/;

/** Whether Postgres refused the statement for what one of its changes is, and rolled it back. */
function isRefusal(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== undefined && !UNAVAILABLE.test(state);
}
