/** How much the last statement weighs in what is usual: one that was lucky in a busy time says little. */
const WEIGHT_OF_LAST = 0.3;

/** The statements of one kind that are under way, and how long they usually take these days. */
export class RunningStatements {
  private running = 0;
  private usualMs: number | undefined;
  private lastEndedAtMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs a clock, in milliseconds */
  constructor(private readonly nowMs: () => number) {}

  get count(): number {
    return this.running;
  }

  /**
   * Whether the last one ended a shorter time ago than they usually take. Who rests that long between two is busy with
   * them for half of the time at most: where statements are slow, at whichever end, they get fewer.
   */
  get isResting(): boolean {
    return this.nowMs() - this.lastEndedAtMs < (this.usualMs ?? 0);
  }

  /** @throws what `statement` throws */
  async run<T>(statement: () => Promise<T>): Promise<T> {
    const startedAtMs = this.nowMs();
    this.running += 1;
    try {
      return await statement();
    } finally {
      this.running -= 1;
      this.lastEndedAtMs = this.nowMs();
      this.learn(this.lastEndedAtMs - startedAtMs);
    }
  }

  private learn(tookMs: number): void {
    const before = this.usualMs ?? tookMs;
    this.usualMs = before + WEIGHT_OF_LAST * (tookMs - before);
  }
}
