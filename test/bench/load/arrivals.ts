import type { Stage } from './plan.ts';

/**
 * How many requests are due by a moment of an open load, and when each was.
 *
 * Requests that belong to one millisecond are due together at its end: finer than a timer can tick, a schedule would
 * only measure the generator.
 */
export class Arrivals {
  readonly seconds: number;
  readonly total: number;

  private readonly stages: readonly Stage[];

  constructor(stages: readonly Stage[]) {
    this.stages = stages;
    this.seconds = stages.reduce((sum, { seconds }) => sum + seconds, 0);
    this.total = stages.reduce((sum, { perSecond, seconds }) => sum + Math.floor(perSecond * seconds), 0);
  }

  /** @param elapsedMs since the load's start */
  dueBy(elapsedMs: number): number {
    let due = 0;
    let left = Math.floor(elapsedMs);
    for (const { perSecond, seconds } of this.stages) {
      const withinMs = Math.min(left, seconds * 1_000);
      due += Math.floor((perSecond * withinMs) / 1_000);
      left -= withinMs;
      if (left <= 0) break;
    }
    return due;
  }

  /**
   * @param n from 0
   * @returns milliseconds after the load's start
   */
  dueAtMs(n: number): number {
    let before = 0;
    let startMs = 0;
    for (const { perSecond, seconds } of this.stages) {
      const count = Math.floor(perSecond * seconds);
      if (n < before + count) return startMs + Math.ceil(((n - before + 1) * 1_000) / perSecond);
      before += count;
      startMs += seconds * 1_000;
    }
    return startMs;
  }
}
