/** What a product is after a change. Its stock is the number of the change, so that every answer tells its state. */
export interface State {
  readonly number: number;
  readonly kind: 'present' | 'absent';
}

interface Commit extends State {
  /** The commit happened between these two moments of the checker's clock. */
  readonly beganAtMs: number;
  readonly endedAtMs: number;
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
