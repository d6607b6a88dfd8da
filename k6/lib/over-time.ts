import exec from 'k6/execution';
import { Counter, Gauge, Trend } from 'k6/metrics';
import { CACHE_OUTCOMES, cacheOutcomeOf } from './cache-status.ts';
import type { Plan, Thresholds } from './plan.ts';
import { type Exchange, KINDS, type Question } from './requests.ts';
import { merged } from './thresholds.ts';

/** The summary gets no samples, only metrics: each slice of the run is a metric of its own. */
export const SLICES = 30;

export const sliceName = (n: number) => `over_time_${String(n).padStart(2, '0')}`;
export const failedSliceName = (n: number) => `failed_${sliceName(n)}`;

const slices = Array.from({ length: SLICES }, (_, n) => new Trend(sliceName(n), true));
const failedSlices = Array.from({ length: SLICES }, (_, n) => new Counter(failedSliceName(n)));
const answers = new Counter('answers');
const generatorTime = new Trend('generator_time', true);
const runSeconds = new Gauge('run_seconds');

export type Recorder = (exchange: Exchange, question: Question) => void;

/** Records measured answers: by cache outcome and route, over time, and what the generator itself spent. */
export function recorderOf(plan: Plan): Recorder {
  const sliceSeconds = plan.seconds / SLICES;
  let beganAtMs: number | undefined;
  return ({ response, generatorMs }, { route, statuses }) => {
    beganAtMs ??= beginningOf(plan);
    const second = (Date.now() - beganAtMs) / 1_000;
    if (second < 0) return;
    answers.add(1, { route, cache: cacheOutcomeOf(response.headers['Cache-Status']) });
    generatorTime.add(generatorMs);
    runSeconds.add(second);
    const slice = Math.min(SLICES - 1, Math.floor(second / sliceSeconds));
    slices[slice]?.add(response.timings.duration);
    if (!statuses.includes(response.status)) failedSlices[slice]?.add(1);
  };
}

/** When the measured part began, found from the k6 scenario that runs and its place in the plan. */
function beginningOf({ parts, warmSeconds }: Plan): number {
  const { name, startTime } = exec.scenario;
  const part = parts.find((candidate) => candidate.name === name);
  const after = part === undefined ? -warmSeconds : (part.from ?? 0);
  return startTime - after * 1_000;
}

/** An expression that always holds. k6 keeps a metric by tags only if a threshold is set on it. */
export const OBSERVED: Readonly<Record<'trend' | 'rate' | 'counter', string>> = {
  trend: 'max>=0',
  rate: 'rate>=0',
  counter: 'count>=0',
};

const MEASURED = 'part:measured';

/** Names of the metrics by tags that the summary reads. */
export const MEASURED_METRICS = {
  duration: `http_req_duration{${MEASURED}}`,
  failed: `http_req_failed{${MEASURED}}`,
  durationOf: (kind: string) => `http_req_duration{${MEASURED},kind:${kind}}`,
  failedOf: (kind: string) => `http_req_failed{${MEASURED},kind:${kind}}`,
  answersBy: (outcome: string) => `answers{${MEASURED},cache:${outcome}}`,
} as const;

/** A scenario's thresholds, and with them the metrics that the summary reads. */
export function judgedBy(...judged: readonly Thresholds[]): Thresholds {
  const { duration, failed, durationOf, failedOf, answersBy } = MEASURED_METRICS;
  const observed: Thresholds = {
    [duration]: [OBSERVED.trend],
    [failed]: [OBSERVED.rate],
    ...Object.fromEntries(KINDS.map((kind) => [durationOf(kind), [OBSERVED.trend]])),
    ...Object.fromEntries(KINDS.map((kind) => [failedOf(kind), [OBSERVED.rate]])),
    ...Object.fromEntries(CACHE_OUTCOMES.map((outcome) => [answersBy(outcome), [OBSERVED.counter]])),
  };
  return { ...observed, ...merged(...judged) };
}
