/** What a product is after a change. Its stock is the number of the change, so that every answer shows its state. */
export interface State {
  readonly number: number;
  readonly kind: 'present' | 'absent';
}

/** A state with such a number is of a history that is lost when Postgres is restored; no writer of the ledger makes one. */
export const LOST_FROM = 1_000_000_000;

/** When the states that are to be lost were there. */
export class LostHistory {
  private endedAtMs = Number.POSITIVE_INFINITY;

  began(): void {
    this.endedAtMs = Number.POSITIVE_INFINITY;
  }

  ended(): void {
    this.endedAtMs = performance.now();
  }

  /** How long before a moment they ceased to be; negative if they had not. */
  goneForMs(atMs: number): number {
    return atMs - this.endedAtMs;
  }
}

interface Commit extends State {
  /** The commit happened between these two moments of the checker's clock; the second is infinite while it is under way. */
  readonly beganAtMs: number;
  endedAtMs: number;
}

/** Everything that was committed of one product, in order. */
export class History {
  private readonly commits: Commit[];

  constructor(first: State) {
    this.commits = [{ ...first, beganAtMs: Number.NEGATIVE_INFINITY, endedAtMs: Number.NEGATIVE_INFINITY }];
  }

  get last(): State {
    return this.commits[this.commits.length - 1] as State;
  }

  get length(): number {
    return this.commits.length;
  }

  add(state: State, beganAtMs: number, endedAtMs: number): void {
    this.commits.push({ ...state, beganAtMs, endedAtMs });
  }

  /**
   * A commit that is under way: an answer may show it before its writer hears that it was made.
   *
   * @returns to be called when it was made, or was not
   */
  begin(state: State, beganAtMs: number): (endedAtMs: number | null) => void {
    const commit = { ...state, beganAtMs, endedAtMs: Number.POSITIVE_INFINITY };
    this.commits.push(commit);
    return (endedAtMs) => {
      if (endedAtMs === null) this.commits.splice(this.commits.indexOf(commit), 1);
      else commit.endedAtMs = endedAtMs;
    };
  }

  /** The number of the state that everyone must have seen who asks now: the last that was committed before. */
  committedBefore(atMs: number): number {
    return this.commits.findLast((commit) => commit.endedAtMs <= atMs)?.number ?? 0;
  }

  endOf(number: number): number {
    return this.commits.find((commit) => commit.number === number)?.endedAtMs ?? 0;
  }

  /** The last absence that an answer of that moment can mean: an absence has no number to show. */
  lastAbsence(untilMs: number): number {
    return (
      this.commits.findLast(({ kind, beganAtMs }) => kind === 'absent' && beganAtMs <= untilMs)?.number ?? -1
    );
  }

  /** The first absence from a state on: the least that an answer can mean. */
  firstAbsence(fromNumber: number): number {
    return this.commits.find(({ kind, number }) => kind === 'absent' && number >= fromNumber)?.number ?? -1;
  }
}
