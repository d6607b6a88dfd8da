import type { Exemplar, Labels, SeriesValue } from './bound-metrics.js';

/** In the text format of Prometheus a line that begins so is a comment; see `withoutExemplars` and `openMetricsOf`. */
export const EXEMPLAR = '# EXEMPLAR ';

/** What carries exemplars: the metrics of a process, as they travel. */
interface Carrier {
  readonly values: readonly object[];
}

/**
 * The exemplars of all processes as comment lines, the latest of each bucket: prom-client drops them where it adds up
 * processes, and a page travels as text.
 *
 * @returns empty without exemplars
 */
export function exemplarLines(snapshots: readonly (readonly Carrier[])[]): string {
  const latest = new Map<string, Exemplar>();
  for (const { metricName, labels, exemplar } of snapshots.flat().flatMap(valuesOf)) {
    // Null in histograms of prom-client's own.
    if (exemplar == null) continue;
    const series = `${metricName}{${labelsOf(labels as Labels)}}`;
    const known = latest.get(series);
    if (known === undefined || known.timestamp < exemplar.timestamp) latest.set(series, exemplar);
  }
  const lines = [...latest].map(
    ([series, { labelSet, value, timestamp }]) =>
      `${EXEMPLAR}${series} {${labelsOf(labelSet)}} ${value} ${timestamp.toFixed(3)}\n`,
  );
  return lines.join('');
}

const valuesOf = ({ values }: Carrier) => values as readonly SeriesValue[];

/** As prom-client writes them: the series is found by its text. Values of bound labels are templates and methods. */
function labelsOf(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');
}

/** The page as readers of the older format get it. */
export function withoutExemplars(page: string): string {
  return page.includes(EXEMPLAR) ? page.replaceAll(/^# EXEMPLAR .*\n/gm, '') : page;
}
