import { type MetricObjectWithValues, type MetricValue, register } from 'prom-client';

/** All metrics of one process at one moment, as they travel between processes. */
export type Snapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/** What only ever grows. A gauge tells of a process that is there, so it ends with it. */
const GROWING = new Set(['counter', 'histogram']);

/** This process's metrics now. */
export function ownSnapshot(): Promise<Snapshot> {
  return register.getMetricsAsJSON();
}

/** What is left of a process's metrics when it is gone. */
export function growingOf(snapshot: Snapshot): Snapshot {
  return snapshot.filter(({ type }) => GROWING.has(String(type)));
}
