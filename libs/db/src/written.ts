/**
 * Runs one statement of a transaction. The values of a tagged template become the parameters of the statement, so a value is
 * never read as SQL; without the tag, they are given beside the text: `sql('DELETE FROM articles WHERE slug = $1', [slug])`.
 */
export interface Sql {
  <Row>(template: TemplateStringsArray, ...values: readonly unknown[]): Promise<Row[]>;
  <Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

type RunStatement = <Row>(text: string, parameters?: readonly unknown[]) => Promise<Row[]>;

/** Gives a function that runs a statement both forms. */
export function sqlBy(run: RunStatement): Sql {
  return <Row>(statement: string | TemplateStringsArray, ...values: readonly unknown[]) => {
    if (typeof statement === 'string')
      return run<Row>(statement, values[0] as readonly unknown[] | undefined);
    const text = statement.reduce((front, rest, n) => `${front}$${n}${rest}`);
    return run<Row>(text, values);
  };
}

/**
 * Called with what a transaction is about to commit, while it holds its rows; to be short. What it throws rolls the
 * transaction back.
 */
export type BeforeCommit<T> = (value: T) => Promise<void>;

/**
 * `row`: the key's row has this version now. `removed`: its row is gone. `derived`: the key's answer is made of other rows too,
 * so that the order of versions is not the order of commits. `all`: everything is stale.
 */
export type ChangeKind = 'row' | 'removed' | 'derived' | 'all';

/** A thing that a transaction changed, and the version that it has had since. */
export interface Change {
  /** As in the cache: `article:hello`. */
  readonly key: string;
  readonly version: number;
  readonly kind: ChangeKind;
  /** The groups whose lists are stale; null from the triggers of an earlier release. */
  readonly groups: readonly string[] | null;
}

/** The same as the outbox holds it. bigint arrives as text: the driver will not lose digits on its own. */
export interface RecordedChange {
  readonly key: string;
  readonly version: string;
  readonly kind: string;
  readonly groups: readonly string[] | null;
}

const KINDS: ReadonlySet<string> = new Set<ChangeKind>(['row', 'removed', 'derived', 'all']);

/** A kind that this release does not know is one that is applied whatever its version. */
export function changeOf({ key, version, kind, groups }: RecordedChange): Change {
  return { key, version: Number(version), kind: isKind(kind) ? kind : 'derived', groups };
}

function isKind(text: string): text is ChangeKind {
  return KINDS.has(text);
}

/** The result of a committed transaction. */
export interface Written<T> {
  readonly value: T;
  /** Everything that it changed, by whatever trigger; a key may be there more than once. */
  readonly changes: readonly Change[];
}
