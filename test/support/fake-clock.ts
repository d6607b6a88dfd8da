import { Clock } from '#src/libs/cache/src/entry/entry';

/** A clock that stands still until a test moves it. Waits end when it has passed them. */
export class FakeClock extends Clock {
  private ms = 1_000_000;
  private readonly sleepers = new Set<{ untilMs: number; wake: () => void }>();

  nowMs(): number {
    return this.ms;
  }

  wait(ms: number): Promise<void> {
    return new Promise((wake) => this.sleepers.add({ untilMs: this.ms + ms, wake }));
  }

  advance(ms: number): void {
    this.ms += ms;
    for (const sleeper of this.sleepers) {
      if (sleeper.untilMs > this.ms) continue;
      this.sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}
