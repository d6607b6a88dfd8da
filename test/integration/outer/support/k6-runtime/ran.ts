/** What a scenario did since it was last cleared. */
export const ran = {
  checks: [] as { readonly name: string; readonly ok: boolean }[],
  requests: [] as { readonly method: string; readonly url: string; readonly tags: Record<string, string> }[],
  samples: [] as {
    readonly metric: string;
    readonly value: number;
    readonly tags: Readonly<Record<string, string>>;
  }[],
  /** Names of all metrics of its own, by their types. */
  metrics: new Map<string, 'trend' | 'counter' | 'gauge'>(),
  clear(): void {
    ran.checks.length = 0;
    ran.requests.length = 0;
    ran.samples.length = 0;
  },
};
