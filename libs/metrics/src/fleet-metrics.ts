import {
  AggregatorRegistry,
  type MetricObjectWithValues,
  type MetricValue,
  type PrometheusContentType,
  type Registry,
  register,
} from 'prom-client';
import { exemplarLines, type SeriesValue } from './open-metrics.js';

/** All metrics of one process at one moment, as they travel between processes. */
export type Snapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/** Metrics that only grow. A gauge describes a live process, so it ends with it. */
const GROWING = new Set(['counter', 'histogram']);

/** Node's own metrics that the library averages over the workers: seven idle ones would hide one that is late. */
const WORST_OF = /^nodejs_eventloop_lag_/;

/** One process: the sum of each of its counters and gauges over all labels, by name. */
export interface ProcessFigures {
  readonly pid: number;
  readonly values: Readonly<Record<string, number>>;
}

/** All processes together, and each on its own. */
export interface ServiceSnapshot {
  readonly merged: Snapshot;
  readonly processes: readonly ProcessFigures[];
}

/** Histograms are given by their `_count` and `_sum`. */
export function figuresOf(pid: number, snapshot: Snapshot): ProcessFigures {
  const values: Record<string, number> = {};
  for (const metric of snapshot)
    for (const value of metric.values as readonly SeriesValue[]) {
      const name = value.metricName ?? metric.name;
      if (!name.endsWith('_bucket')) values[name] = (values[name] ?? 0) + value.value;
    }
  return { pid, values };
}

/**
 * Node's own gauges whose names end as those of counters do: a reader would take a rate of them. The same numbers are in the
 * gauges without that ending, by type.
 */
const MISNAMED = /^nodejs_active_(?:handles|requests|resources)_total$/;

/** This process's metrics now. */
export async function ownSnapshot(): Promise<Snapshot> {
  const all = await register.getMetricsAsJSON();
  const metrics = all.filter(({ name }) => !MISNAMED.test(name));
  return metrics.map((metric) =>
    metric.aggregator === 'average' && WORST_OF.test(metric.name) ? { ...metric, aggregator: 'max' } : metric,
  );
}

/** How many processes serve. */
export interface WorkerCounts {
  readonly wanted: number;
  readonly serving: number;
  /** Workers that died, or were killed since they hung, and were replaced. */
  readonly restarts: number;
}

/** The metrics of the workers as a whole. They belong to no single worker: the parent counts them. */
export function workerSnapshot({ wanted, serving, restarts }: WorkerCounts): Snapshot {
  return [
    metric('workers_wanted', 'Serving processes that WORKERS asks for.', 'gauge', wanted),
    metric('workers_serving', 'Serving processes that accept connections.', 'gauge', serving),
    metric(
      'worker_restarts_total',
      'Workers that died, or were killed because they hung, and were replaced.',
      'counter',
      restarts,
    ),
  ];
}

function metric(name: string, help: string, type: 'gauge' | 'counter', value: number): Snapshot[number] {
  // The library's type has a function of the registry that values do not have.
  return {
    name,
    help,
    type,
    aggregator: 'sum',
    values: [{ value, labels: {} }],
  } as unknown as Snapshot[number];
}

/** What is left of a process's metrics when it is gone. */
function growingOf(snapshot: Snapshot): Snapshot {
  return snapshot.filter(({ type }) => GROWING.has(String(type)));
}

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

  /**
   * @param answered the workers that have just been seen
   * @param own metrics of the process that asks them; default: none
   */
  async page(answered: ReadonlySet<number>, own: Snapshot = []): Promise<string> {
    return pageOf(await this.all(answered, own));
  }

  /** The same as values, and those of each worker that has answered. */
  async snapshot(answered: ReadonlySet<number>, own: Snapshot = []): Promise<ServiceSnapshot> {
    const merged = await together(await this.all(answered, own)).getMetricsAsJSON();
    const processes = [...this.lastOf]
      .filter(([worker]) => answered.has(worker))
      .map(([worker, last]) => figuresOf(worker, last));
    return { merged, processes };
  }

  private async all(answered: ReadonlySet<number>, own: Snapshot): Promise<Snapshot[]> {
    // One after the other: two pages at a time would fold the same ones twice.
    this.folding = this.folding.then(() => this.foldDeparted());
    await this.folding;
    const living = [...this.lastOf].map(([worker, last]) => (answered.has(worker) ? last : growingOf(last)));
    return [...living, ...this.departed, own];
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

/** The text of the metrics page; exemplars stand behind it, as comments. */
export async function pageOf(snapshots: readonly Snapshot[]): Promise<string> {
  return (await together(snapshots).metrics()) + exemplarLines(snapshots);
}

function together(snapshots: readonly Snapshot[]): Registry<PrometheusContentType> {
  return AggregatorRegistry.aggregate<PrometheusContentType>([...snapshots]);
}
