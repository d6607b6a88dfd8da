/** Runs one statement of a transaction. */
export type Sql = <Row>(text: string, parameters?: readonly unknown[]) => Promise<Row[]>;

/** A thing that a transaction changed, and the version that it has had since. */
export interface Change {
  /** As in the cache: `product:prod-1`. */
  readonly key: string;
  readonly version: number;
}

/** What came of a transaction that was committed. */
export interface Written<T> {
  readonly value: T;
  /** Everything that it changed, by whatever trigger; a key may be there more than once. */
  readonly changes: readonly Change[];
}
