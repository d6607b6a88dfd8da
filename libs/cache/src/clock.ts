import { setTimeout as pause } from 'node:timers/promises';

/** The cache's clock, so that its state machines run on a fake clock in tests. */
export abstract class Clock {
  /** Milliseconds from any fixed origin, never going back. */
  abstract nowMs(): number;

  /** Resolves when that many milliseconds have passed. */
  abstract wait(ms: number): Promise<void>;
}

/** The process's own monotonic clock: setting the machine's time must not age or rejuvenate an entry. */
export class MonotonicClock extends Clock {
  nowMs(): number {
    return performance.now();
  }

  wait(ms: number): Promise<void> {
    return pause(ms);
  }
}
