import type { Dashboard, Panel } from './panel.ts';

/** A row of docs/metrics.md, up to its last column. */
const ROW = /^(\| `([a-z0-9_]+)` \|.*\|) [^|]* \|$/gm;

/** Whether a panel reads a metric, also by the series that Prometheus makes of a histogram. */
export function reads({ queries }: Panel, metric: string): boolean {
  const series = new RegExp(`\\b${metric}(?:_bucket|_count|_sum)?\\b`);
  return queries.some(({ expr }) => series.test(expr));
}

/** @returns a metric's panels, by dashboard; – if it has none */
export function panelsOf(metric: string, dashboards: readonly Dashboard[]): string {
  const shown = dashboards.flatMap(({ name, rows }) => {
    const panels = rows.flatMap((row) => row.panels.filter((panel) => reads(panel, metric)));
    return panels.length === 0 ? [] : [`${name}: ${panels.map(({ title }) => title).join(', ')}`];
  });
  return shown.length === 0 ? '–' : shown.join('; ');
}

/** @returns docs/metrics.md with the last column of its tables of metrics filled */
export const withPanels = (page: string, dashboards: readonly Dashboard[]): string =>
  page.replace(
    ROW,
    (_row, columns: string, metric: string) => `${columns} ${panelsOf(metric, dashboards)} |`,
  );
