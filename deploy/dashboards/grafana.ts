import type { Bound, Dashboard, Panel, State } from './panel.ts';

/** The data source that the reader has chosen. */
const DATASOURCE = { type: 'prometheus', uid: '$datasource' };
const COLUMNS = 24;
const TITLE_HEIGHT = 1;
const HEIGHT = { stat: 4, timeseries: 8, 'state-timeline': 8, heatmap: 8 } as const;
const COLORS = { green: 'green', orange: 'orange', red: 'red', blue: 'blue' } as const;

type Json = Record<string, unknown>;

/**
 * @param runbook the address of the runbook, to which each panel links
 * @returns the dashboard as Grafana reads it, to be imported by itself or provisioned
 */
export function grafanaJson(dashboard: Dashboard, runbook: string): Json {
  const { name, title, description } = dashboard;
  return {
    uid: `hotshelf-${name}`,
    title,
    description,
    tags: ['hotshelf'],
    schemaVersion: 41,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: '10s',
    time: { from: 'now-30m', to: 'now' },
    timezone: 'browser',
    fiscalYearStartMonth: 0,
    annotations: { list: annotations() },
    links: [
      {
        type: 'dashboards',
        title: 'Hotshelf',
        tags: ['hotshelf'],
        asDropdown: false,
        includeVars: true,
        keepTime: true,
        targetBlank: false,
      },
      { type: 'link', title: 'Runbook', url: runbook, targetBlank: true, icon: 'doc' },
    ],
    templating: { list: variables(dashboard) },
    panels: placed(dashboard, runbook),
  };
}

/** Rows from top to bottom, the panels of a row from left to right, in lines of 24 columns. */
function placed({ rows }: Dashboard, runbook: string): Json[] {
  const panels: Json[] = [];
  let y = 0;
  for (const { title, panels: inRow } of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: COLUMNS, h: TITLE_HEIGHT },
    });
    y += TITLE_HEIGHT;
    for (const line of linesOf(inRow)) {
      const height = Math.max(...line.map(({ kind }) => HEIGHT[kind]));
      for (const [n, panel] of line.entries()) {
        const w = COLUMNS / line.length;
        panels.push({
          id: panels.length + 1,
          gridPos: { x: n * w, y, w, h: height },
          ...panelJson(panel, runbook),
        });
      }
      y += height;
    }
  }
  return panels;
}

/** Figures stand six in a line, graphs two or three: four would be too narrow to read. */
function linesOf(panels: readonly Panel[]): Panel[][] {
  if (panels.every(({ kind }) => kind === 'stat')) return [[...panels]];
  const perLine = panels.length % 3 === 0 ? 3 : 2;
  const first = panels.length === 5 ? 3 : perLine;
  const lines = [panels.slice(0, first)];
  for (let n = first; n < panels.length; n += perLine) lines.push(panels.slice(n, n + perLine));
  return lines.map((line) => [...line]);
}

function panelJson(panel: Panel, runbook: string): Json {
  const { kind, title, description, queries } = panel;
  return {
    type: kind,
    title,
    description,
    datasource: DATASOURCE,
    links: [{ title: 'Runbook', url: `${runbook}#${panel.runbook}`, targetBlank: true }],
    fieldConfig: { defaults: defaults(panel), overrides: [] },
    options: OPTIONS[kind](panel),
    targets: queries.map(({ expr, legend }, n) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + n),
      datasource: DATASOURCE,
      editorMode: 'code',
      expr,
      legendFormat: legend,
      range: true,
      ...(kind === 'heatmap' ? { format: 'heatmap' } : {}),
    })),
  };
}

function defaults({
  kind,
  unit,
  max,
  bounds = [],
  states = [],
  decimals,
  stacked,
  logarithmic,
}: Panel): Json {
  return {
    unit,
    ...(logarithmic === undefined ? { min: 0 } : {}),
    ...(max === undefined ? {} : { max }),
    ...(decimals === undefined ? {} : { decimals }),
    color: { mode: kind === 'timeseries' ? 'palette-classic' : 'thresholds' },
    thresholds: {
      mode: 'absolute',
      steps: [{ color: kind === 'timeseries' ? 'transparent' : 'green', value: null }, ...bounds.map(step)],
    },
    mappings:
      states.length === 0 ? [] : [{ type: 'value', options: Object.fromEntries(states.map(mapping)) }],
    ...(kind === 'timeseries'
      ? {
          custom: {
            lineWidth: 1,
            fillOpacity: stacked ? 40 : 10,
            showPoints: 'never',
            spanNulls: false,
            stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
            scaleDistribution: logarithmic ? { type: 'log', log: 10 } : { type: 'linear' },
            thresholdsStyle: { mode: bounds.length > 0 ? 'dashed' : 'off' },
          },
        }
      : {}),
  };
}

const step = ({ value, color }: Bound) => ({ color: COLORS[color], value });
const mapping = ({ value, text, color }: State, index: number) =>
  [String(value), { text, color: COLORS[color], index }] as const;

const LEGEND = { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] };
const OPTIONS: Record<Panel['kind'], (panel: Panel) => Json> = {
  stat: ({ states = [] }) => ({
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    colorMode: 'value',
    graphMode: states.length > 0 ? 'none' : 'area',
    textMode: 'value',
    justifyMode: 'auto',
    orientation: 'auto',
  }),
  timeseries: () => ({ legend: LEGEND, tooltip: { mode: 'multi', sort: 'desc' } }),
  'state-timeline': () => ({
    mergeValues: true,
    showValue: 'auto',
    rowHeight: 0.8,
    alignValue: 'left',
    legend: LEGEND,
    tooltip: { mode: 'single', sort: 'none' },
  }),
  heatmap: ({ unit }) => ({
    calculate: false,
    cellGap: 1,
    color: { mode: 'scheme', scheme: 'Blues', steps: 64, exponent: 0.5, fill: 'blue', reverse: false },
    filterValues: { le: 1e-9 },
    yAxis: { unit, axisPlacement: 'left', reverse: false },
    rowsFrame: { layout: 'auto' },
    legend: { show: true },
    tooltip: { mode: 'single', yHistogram: true, showColorScale: false },
  }),
};

/** Moments that explain a change of a graph. */
function annotations(): Json[] {
  const chosen = 'job="$job", instance=~"$instance"';
  const marks = [
    {
      name: 'Breaker opened',
      color: 'red',
      expr: `max by (instance, dependency) (breaker_state{${chosen}, state="open"}) == 1`,
      titleFormat: 'Breaker open',
      textFormat: '{{instance}} skips {{dependency}}',
    },
    {
      name: 'Started or released',
      color: 'blue',
      // A new instance, or one that began to count again.
      expr: `(up{${chosen}} == 1 unless up{${chosen}} offset 1m == 1) or resets(process_cpu_seconds_total{${chosen}}[1m]) > 0`,
      titleFormat: 'Started',
      textFormat: '{{instance}} started: a restart or a release',
    },
    {
      name: 'Worker restarted',
      color: 'orange',
      expr: `increase(worker_restarts_total{${chosen}}[1m]) > 0`,
      titleFormat: 'Worker restarted',
      textFormat: '{{instance}} replaced a worker',
    },
    {
      name: 'Alert fires',
      color: 'purple',
      expr: 'ALERTS{alertname=~"Hotshelf.*", alertstate="firing"}',
      titleFormat: '{{alertname}}',
      textFormat: '{{severity}} {{instance}}',
    },
  ];
  return marks.map(({ color, ...mark }) => ({
    ...mark,
    datasource: DATASOURCE,
    enable: true,
    hide: false,
    iconColor: color,
    step: '15s',
    useValueForTime: false,
  }));
}

function variables({ hasRoutes }: Dashboard): Json[] {
  const choice = (name: string, label: string, query: string): Json => ({
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    query: { query, refId: name },
    definition: query,
    refresh: 2,
    sort: 1,
    hide: 0,
  });
  const several = {
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
  };
  return [
    {
      name: 'datasource',
      label: 'Data source',
      type: 'datasource',
      query: 'prometheus',
      regex: '',
      refresh: 1,
      multi: false,
      includeAll: false,
      hide: 0,
      current: {},
    },
    {
      ...choice('job', 'Job', 'label_values(workers_wanted, job)'),
      multi: false,
      includeAll: false,
      current: { text: 'hotshelf', value: 'hotshelf' },
    },
    { ...choice('instance', 'Instance', 'label_values(workers_wanted{job="$job"}, instance)'), ...several },
    ...(hasRoutes
      ? [
          {
            ...choice(
              'route',
              'Route',
              'label_values(api_request_latency_seconds_count{job="$job"}, endpoint)',
            ),
            ...several,
          },
        ]
      : []),
  ];
}
