/** What k6 passes to handleSummary(), as far as it is read here. */
export interface SummaryData {
  readonly root_group: Group;
  readonly metrics: Readonly<Record<string, Metric | undefined>>;
}

export interface Group {
  readonly checks: readonly Check[];
  readonly groups: readonly Group[];
}

export interface Check {
  readonly name: string;
  readonly passes: number;
  readonly fails: number;
}

export interface Metric {
  /** By the name of the statistic: `count`, `rate`, `p(99)`, `max`. */
  readonly values: Readonly<Record<string, number | undefined>>;
  /** By expression. */
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}
