import { History, type State } from './history.ts';
import type { Random } from './random.ts';

/** Who may write what next: one writer a product at a time, so that the order of its states is known. */
export class Ledger {
  readonly histories = new Map<string, History>();
  private readonly taken = new Set<string>();

  constructor(keys: readonly string[], firstNumber: (key: string) => number) {
    for (const key of keys)
      this.histories.set(key, new History({ number: firstNumber(key), kind: 'present' }));
  }

  historyOf(key: string): History {
    const history = this.histories.get(key);
    if (history === undefined) throw new Error(`${key} is not in the ledger`);
    return history;
  }

  /** Takes some products that nobody is writing, and gives them back when the work is done. */
  async with(random: Random, count: number, work: (keys: string[]) => Promise<void>): Promise<void> {
    const keys = random
      .shuffled([...this.histories.keys()])
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
    await run(numbers);
    const endedAtMs = performance.now();
    for (const [n, key] of keys.entries()) {
      this.historyOf(key).add({ number: numbers[n] ?? 0, kind }, beganAtMs, endedAtMs);
    }
  }

  isPresent(key: string): boolean {
    return this.historyOf(key).last.kind === 'present';
  }
}
