/** Where keys come singly, waiting longer would share nothing. */
const SHORT_MS = 2;
/** The longest that a key waits for company. */
const LONG_MS = 20;
/** A statement for this many keys costs little more than one for a few. */
const WANTED_KEYS = 50;
/** Back to this time arrivals are counted, in milliseconds. */
const MEMORY_MS = 50;

/**
 * How long a missing key waits for others to share its statement. While keys trickle, hardly at all; in a flash, just
 * so long that a statement is worth its round trip, since then Postgres is what everyone waits for.
 */
export class GatherWindow {
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

  /** How long the batch that begins now should gather, in milliseconds. */
  nextMs(): number {
    this.roll();
    const neededMs = WANTED_KEYS / this.arrivalsPerMs;
    // So slow that even the longest window would hold a handful: not worth anyone's waiting.
    if (this.arrivalsPerMs * LONG_MS < WANTED_KEYS / 5) return SHORT_MS;
    return Math.min(LONG_MS, Math.max(SHORT_MS, neededMs));
  }

  private roll(): void {
    const elapsedMs = this.nowMs() - this.countFromMs;
    if (elapsedMs < MEMORY_MS) {
      // A burst shows before its window is over.
      this.arrivalsPerMs = Math.max(this.arrivalsPerMs, this.arrivals / MEMORY_MS);
      return;
    }
    this.arrivalsPerMs = this.arrivals / elapsedMs;
    this.arrivals = 0;
    this.countFromMs = this.nowMs();
  }
}
