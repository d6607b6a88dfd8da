import type { MetricValue } from 'prom-client';

/** The labels of a series, by name. */
export type Labels = Readonly<Record<string, string>>;

/** One observation of a bucket that belongs to a trace. */
export interface Exemplar {
  readonly labelSet: Labels;
  readonly value: number;
  /** Unix time in seconds. */
  readonly timestamp: number;
}

/** `metricName`: of a series whose name is not its metric's, as `_bucket`. */
export type SeriesValue = MetricValue<string> & {
  readonly metricName?: string;
  readonly exemplar?: Exemplar | null;
};

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

/** OpenMetrics 1.0, as Prometheus asks for it. */
export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** A reader that names it in `Accept`, whatever else it takes. */
export function wantsOpenMetrics(accept: string | undefined): boolean {
  return accept !== undefined && /\bapplication\/openmetrics-text\b/.test(accept);
}

const DECLARATION = /^# (HELP|TYPE) (\S+) (.*)$/;
const UNIT = /_(seconds|bytes)$/;

/**
 * The page in the format of OpenMetrics. Series keep their names and labels, so that queries see the same in both formats.
 * Families of counters lose `_total`, which their series have; families in seconds or bytes declare their unit. Exemplars move from
 * their comments to their series.
 *
 * @param page in the text format of Prometheus, as prom-client writes it: `# HELP`, `# TYPE`, then the series
 */
export function openMetricsOf(page: string): string {
  const lines: string[] = [];
  const exemplars = page.includes(EXEMPLAR) ? exemplarsIn(page) : new Map<string, string>();
  let help = '';
  for (const line of page.split('\n')) {
    if (line.startsWith(EXEMPLAR)) continue;
    const [, keyword, name = '', rest = ''] = DECLARATION.exec(line) ?? [];
    if (keyword === 'HELP') help = rest;
    else if (keyword === 'TYPE') lines.push(...declared(name, rest, help));
    else if (line !== '') lines.push(exemplars.size > 0 ? exemplified(line, exemplars) : line);
  }
  return `${lines.join('\n')}\n# EOF\n`;
}

/** Of each series that has one, as OpenMetrics writes it. */
function exemplarsIn(page: string): Map<string, string> {
  const exemplars = new Map<string, string>();
  for (const line of page.split('\n')) {
    if (!line.startsWith(EXEMPLAR)) continue;
    // Between the labels of the series and those of the exemplar.
    const end = line.indexOf('} {') + 1;
    exemplars.set(line.slice(EXEMPLAR.length, end), line.slice(end + 1));
  }
  return exemplars;
}

function exemplified(line: string, exemplars: ReadonlyMap<string, string>): string {
  const exemplar = exemplars.get(line.slice(0, line.lastIndexOf(' ')));
  return exemplar === undefined ? line : `${line} # ${exemplar}`;
}

function declared(name: string, type: string, help: string): string[] {
  const family = type === 'counter' ? name.replace(/_total$/, '') : name;
  const [, unit] = UNIT.exec(family) ?? [];
  return [
    `# TYPE ${family} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${family} ${unit}`]),
    `# HELP ${family} ${help.replaceAll('"', '\\"')}`,
  ];
}
