/**
 * A count between two scrapes. prom-client looks the labels up at each increment, which costs more than the hit that is
 * counted; so what happens all the time is added up here, and handed over when someone asks.
 */
export class PendingCount {
  private count = 0;

  add(): void {
    this.count += 1;
  }

  /** What came together since the last time. */
  take(): number {
    const { count } = this;
    this.count = 0;
    return count;
  }
}
