// Does the service stay as it is? The mix at a moderate rate for an hour; times and memory of the end against the beginning.
//   k6 run -e BASE_URL=http://127.0.0.1:3000 -e DURATION=4h k6/scenarios/soak.ts
import { sleep } from 'k6';
import { Trend } from 'k6/metrics';
import { sumIn } from '../lib/answers.ts';
import { uniform } from '../lib/ids.ts';
import { mixOf } from '../lib/mix.ts';
import { judgedBy } from '../lib/over-time.ts';
import { duration, optionsOf, planOf } from '../lib/plan.ts';
import { prepare } from '../lib/preflight.ts';
import { ask } from '../lib/requests.ts';
import { readSettings } from '../lib/settings.ts';
import { SHAPES } from '../lib/shapes.ts';
import { summaryOf } from '../lib/summary/summary.ts';
import { THRESHOLDS } from '../lib/thresholds.ts';
import { visitsOf } from '../lib/visits.ts';

/** Resident memory may grow by this factor after the first sixth, in which heap and L1 fill. */
const GROWTH = 1.5;
const SAMPLES = 60;

const settings = readSettings(__ENV, { rate: 500, duration: '1h' });
const sixth = settings.seconds / 6;
const shape = SHAPES.constant(settings.rate, sixth);
// Three parts, so that the end is judged by itself: over the whole run, a slow end would hide behind a fast beginning.
const plan = planOf('soak', [
  { name: 'beginning', exec: 'mix', shape },
  { name: 'middle', exec: 'mix', shape: SHAPES.constant(settings.rate, sixth * 4), from: sixth },
  { name: 'end', exec: 'mix', shape, from: sixth * 5 },
]);
const visit = visitsOf(settings, plan);
const residentGrowth = new Trend('resident_memory_growth');

export const options = optionsOf(
  plan,
  settings,
  judgedBy(
    THRESHOLDS.right(),
    THRESHOLDS.answered(),
    THRESHOLDS.sent(plan),
    THRESHOLDS.productTimes(settings),
    THRESHOLDS.productTimes(settings, undefined, 'scenario:end'),
    { resident_memory_growth: [`max<${GROWTH}`] },
  ),
  {
    memory: {
      executor: 'per-vu-iterations',
      vus: 1,
      iterations: SAMPLES,
      exec: 'sampleMemory',
      startTime: duration(plan.warmSeconds + sixth),
      maxDuration: duration(sixth * 5),
    },
  },
);

export const setup = () => prepare(settings);

export const mix = mixOf(visit, uniform(settings.products));

let firstBytes: number | undefined;

/** How much more memory the service has resident than after the first sixth of the run. */
export function sampleMemory(): void {
  const url = `${settings.metricsUrl}/metrics`;
  const { response } = ask({ method: 'GET', url, route: 'setup', kind: 'setup', statuses: [200] });
  const bytes = sumIn(response.body, 'process_resident_memory_bytes');
  if (bytes !== undefined) {
    firstBytes ??= bytes;
    residentGrowth.add(bytes / firstBytes);
  }
  sleep((sixth * 5) / SAMPLES);
}

export const handleSummary = summaryOf(plan, settings, { more: { resident_memory_growth: 'max' } });
