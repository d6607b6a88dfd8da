/** Where the cache gets the time from, so that its state machines run on a fake clock in tests. */
export abstract class Clock {
  /** Milliseconds from any fixed origin, never going back. */
  abstract nowMs(): number;
}

/** The process's own monotonic clock: setting the machine's time must not age or rejuvenate an entry. */
export class MonotonicClock extends Clock {
  nowMs(): number {
    return performance.now();
  }
}
