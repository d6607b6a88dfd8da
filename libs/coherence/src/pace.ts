import type { Clock } from '#libs/cache';

/** Changes that travel to Redis together. */
const BATCH = 1_000;

/**
 * A drain that takes longer applies a backlog, and leaves half of the time to reads: it goes in small steps, each of a few milliseconds,
 * and rests after each for as long as it took. A change of some ten thousand rows is applied by then.
 */
const PACED_AFTER_MS = 500;
const PACED_BATCH = 100;

/** When a backlog shows, every process loads again what its L1 holds. Until then a drain leaves four fifths of the time to that. */
const RELOADED_AFTER_MS = 3_500;
const REST_DURING_RELOAD = 4;

/** How fast a drain goes: at first as fast as it can. */
export class Pace {
  private readonly startedAtMs: number;
  private stepAtMs: number;

  constructor(private readonly clock: Clock) {
    this.startedAtMs = clock.nowMs();
    this.stepAtMs = this.startedAtMs;
  }

  /** The most changes of a step that is read now. */
  get batch(): number {
    return this.isPaced ? PACED_BATCH : BATCH;
  }

  beginStep(): void {
    this.stepAtMs = this.clock.nowMs();
  }

  /** Rests after a step, if the drain applies a backlog. */
  async rest(): Promise<void> {
    if (!this.isPaced) return;
    const tookMs = this.clock.nowMs() - this.stepAtMs;
    const restMs = this.elapsedMs < RELOADED_AFTER_MS ? REST_DURING_RELOAD * tookMs : tookMs;
    // guard(backlog-is-paced): drop
    await this.clock.wait(restMs);
  }

  private get isPaced(): boolean {
    return this.elapsedMs >= PACED_AFTER_MS;
  }

  private get elapsedMs(): number {
    return this.clock.nowMs() - this.startedAtMs;
  }
}
