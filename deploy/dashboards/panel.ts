/** One line, or a group of lines, of a panel. */
export interface Query {
  /** PromQL; may use the variables of the dashboard and `$__rate_interval`. */
  readonly expr: string;
  /** The name of the line, with labels as `{{label}}`. */
  readonly legend: string;
}

/** A value from which on a panel changes its colour. */
export interface Bound {
  readonly value: number;
  readonly color: 'green' | 'orange' | 'red';
}

/** A value that is a state, with its word. A reader does not need the colour to know it. */
export interface State {
  readonly value: number;
  readonly text: string;
  readonly color: 'green' | 'orange' | 'red' | 'blue';
}

/** What a panel shows; its place follows from its row. */
export interface Panel {
  readonly kind: 'stat' | 'timeseries' | 'state-timeline' | 'heatmap';
  readonly title: string;
  /** What the figure means, and what a reader should look for. */
  readonly description: string;
  /** Grafana's name of the unit. */
  readonly unit: string;
  /** The section of docs/runbook.md that its link leads to, as an anchor. */
  readonly runbook: string;
  readonly queries: readonly Query[];
  /** Columns of 24; default: an equal share of the row. */
  readonly width?: number;
  readonly max?: number;
  /** Bounds, drawn as lines in a graph and as the colour of a figure. */
  readonly bounds?: readonly Bound[];
  readonly states?: readonly State[];
  readonly stacked?: true;
  readonly logarithmic?: true;
  readonly decimals?: number;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  /** Part of its address and the name of its file: `service` becomes `hotshelf-service` and `service.json`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
  /** Whether a reader can choose routes. */
  readonly hasRoutes?: true;
}

type Options = Omit<Panel, 'kind' | 'queries'>;

export const stat = (options: Options, expr: string, legend = options.title): Panel => ({
  ...options,
  kind: 'stat',
  queries: [{ expr, legend }],
});

export const graph = (options: Options, ...queries: readonly Query[]): Panel => ({
  ...options,
  kind: 'timeseries',
  queries,
});

export const timeline = (options: Options, ...queries: readonly Query[]): Panel => ({
  ...options,
  kind: 'state-timeline',
  queries,
});

export const heatmap = (options: Options, expr: string): Panel => ({
  ...options,
  kind: 'heatmap',
  queries: [{ expr, legend: '{{le}}' }],
});
