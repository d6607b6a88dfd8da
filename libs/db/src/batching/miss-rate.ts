/** Back to this time arrivals are counted, in milliseconds. */
const MEMORY_MS = 250;
/** From so many keys a millisecond on, waiting for company pays. Below, one would wait long for a handful. */
const FLASH_KEYS_PER_MS = 0.5;

/** How fast keys are missed: whether they trickle or come in a flash. */
export class MissRate {
  private countFromMs: number;
  private arrivals = 0;
  private arrivalsPerMs = 0;

  /** @param nowMs a clock, in milliseconds */
  constructor(private readonly nowMs: () => number) {
    this.countFromMs = nowMs();
  }

  arrived(): void {
    this.roll();
    this.arrivals += 1;
  }

  get isFlash(): boolean {
    this.roll();
    return this.arrivalsPerMs >= FLASH_KEYS_PER_MS;
  }

  private roll(): void {
    const elapsedMs = this.nowMs() - this.countFromMs;
    if (elapsedMs < MEMORY_MS) {
      // A burst shows before its time is over.
      this.arrivalsPerMs = Math.max(this.arrivalsPerMs, this.arrivals / MEMORY_MS);
      return;
    }
    this.arrivalsPerMs = this.arrivals / elapsedMs;
    this.arrivals = 0;
    this.countFromMs = this.nowMs();
  }
}
