import type { Settings } from './settings.ts';

type Thresholds = Record<string, string[]>;

/** Nothing at all may be wrong with an answer. */
export const FAULTLESS: Thresholds = {
  checks: ['rate==1'],
  http_req_failed: ['rate==0'],
};

/** Health asks every dependency and metrics renders every series: neither is what a customer waits for. */
const OPERATIONS_SLACK = 5;

/** The generator's own hiccups, on a machine that it shares with the service. */
const TOLERATED_DROPS = 0.001;

/** What a run under load must keep to. */
export function underLoad(settings: Pick<Settings, 'p99Ms' | 'ratePerSecond'>): Thresholds {
  const operationsMs = settings.p99Ms * OPERATIONS_SLACK;
  return {
    ...FAULTLESS,
    'http_req_duration{kind:product}': [`p(99)<${settings.p99Ms}`],
    'http_req_duration{kind:health}': [`p(99)<${operationsMs}`],
    'http_req_duration{kind:metrics}': [`p(99)<${operationsMs}`],
    // An arrival that found no free virtual user was never sent: with more of them, the run is not the load it claims.
    dropped_iterations: [`rate<${settings.ratePerSecond * TOLERATED_DROPS}`],
  };
}
