import { AggregatorRegistry, type PrometheusContentType, type Registry } from 'prom-client';
import { growingOf, type Snapshot } from './snapshot.js';

/**
 * The metrics of all workers as one. Counters of a worker that is gone, or does not answer, stay in the sum as they were
 * last seen: what was scraped once is never taken back, and a rate over the sum sees no reset. Gauges are those of the
 * workers that answer, put together as each declares (`aggregator`; a sum by default).
 */
export class FleetMetrics {
  private readonly lastOf = new Map<number, Snapshot>();
  private departed: Snapshot[] = [];
  private folding: Promise<void> = Promise.resolve();

  /** @param worker any number that no other worker ever has */
  seen(worker: number, snapshot: Snapshot): void {
    this.lastOf.set(worker, snapshot);
  }

  /** The worker is gone. */
  gone(worker: number): void {
    const last = this.lastOf.get(worker);
    if (last === undefined) return;
    this.lastOf.delete(worker);
    this.departed.push(growingOf(last));
  }

  /** @param answered the workers that have just been seen */
  async page(answered: ReadonlySet<number>): Promise<string> {
    // One after the other: two pages at a time would fold the same ones twice.
    this.folding = this.folding.then(() => this.foldDeparted());
    await this.folding;
    const living = [...this.lastOf].map(([worker, last]) => (answered.has(worker) ? last : growingOf(last)));
    return together([...living, ...this.departed]).metrics();
  }

  /** Workers come and go for months: what is left of all of them has to fit into one. */
  private async foldDeparted(): Promise<void> {
    const { length } = this.departed;
    if (length < 2) return;
    const folded = await together(this.departed).getMetricsAsJSON();
    // Who left meanwhile stands behind them.
    this.departed = [folded, ...this.departed.slice(length)];
  }
}

function together(snapshots: readonly Snapshot[]): Registry<PrometheusContentType> {
  return AggregatorRegistry.aggregate<PrometheusContentType>([...snapshots]);
}
