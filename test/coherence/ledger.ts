import { History, type State } from './history.ts';
import type { Random } from './random.ts';

/** Who may write what next: one writer a product at a time, so that the order of its states is known. */
export class Ledger {
  readonly histories = new Map<string, History>();
  private readonly taken = new Set<string>();

  private readonly products: readonly string[];

  /** @param counted categories, whose number of products is written down; none at first */
  constructor(
    products: readonly string[],
    firstNumber: (key: string) => number,
    counted: readonly string[] = [],
  ) {
    this.products = products;
    for (const key of products)
      this.histories.set(key, new History({ number: firstNumber(key), kind: 'present' }));
    for (const key of counted) this.histories.set(key, new History({ number: 0, kind: 'present' }));
  }

  historyOf(key: string): History {
    const history = this.histories.get(key);
    if (history === undefined) throw new Error(`${key} is not in the ledger`);
    return history;
  }

  /** Takes some products without a writer, and gives them back when the work is done. */
  async with(random: Random, count: number, work: (keys: string[]) => Promise<void>): Promise<void> {
    const keys = random
      .shuffled(this.products)
      .filter((key) => !this.taken.has(key))
      .slice(0, count);
    for (const key of keys) this.taken.add(key);
    try {
      await work(keys);
    } finally {
      for (const key of keys) this.taken.delete(key);
    }
  }

  /** Runs a commit that gives each of the products its next state, and writes it down. */
  async commit(keys: readonly string[], kind: State['kind'], run: (numbers: number[]) => Promise<unknown>) {
    const numbers = keys.map((key) => this.historyOf(key).last.number + 1);
    const beganAtMs = performance.now();
    const ends = keys.map((key, n) =>
      this.historyOf(key).begin({ number: numbers[n] ?? 0, kind }, beganAtMs),
    );
    let endedAtMs: number | null = null;
    try {
      await run(numbers);
      endedAtMs = performance.now();
    } finally {
      for (const end of ends) end(endedAtMs);
    }
  }

  isPresent(key: string): boolean {
    return this.historyOf(key).last.kind === 'present';
  }
}
