// What happens when everyone asks for one product that no cache holds? Each second, all requests turn to another one.
//   k6 run -e BASE_URL=http://127.0.0.1:3000 -e RATE=1000 k6/scenarios/herd.ts
import exec from 'k6/execution';
import { Gauge } from 'k6/metrics';
import { sumIn } from '../lib/answers.ts';
import { productId } from '../lib/ids.ts';
import { judgedBy } from '../lib/over-time.ts';
import { optionsOf, planOf } from '../lib/plan.ts';
import { prepare } from '../lib/preflight.ts';
import { ask } from '../lib/requests.ts';
import { readSettings } from '../lib/settings.ts';
import { SHAPES } from '../lib/shapes.ts';
import { summaryOf } from '../lib/summary/summary.ts';
import { THRESHOLDS } from '../lib/thresholds.ts';
import { visitsOf } from '../lib/visits.ts';

/** Read before, for the warm-up: no key of the herd is among them. */
const WARM_PRODUCTS = 100;
/** Loads for each key: one, and room for an entry that was due for a refresh. */
const LOADS_PER_KEY = 1.1;

const settings = readSettings(__ENV, { rate: 1_000, duration: '30s' });
const plan = planOf('herd', [
  { name: 'herd', exec: 'readHerd', shape: SHAPES.constant(settings.rate, settings.seconds) },
]);
const visit = visitsOf(settings, plan);
const loadsPerKey = new Gauge('loads_per_key');

export const options = optionsOf(
  plan,
  settings,
  judgedBy(
    THRESHOLDS.right(),
    THRESHOLDS.answered(),
    THRESHOLDS.sent(plan),
    THRESHOLDS.productTimes(settings),
    { loads_per_key: [`value<${LOADS_PER_KEY}`] },
  ),
);

interface Before {
  /** Loads that the service had made; undefined: it does not count them. */
  readonly loads: number | undefined;
}

export function setup(): Before {
  prepare(settings, { warm: WARM_PRODUCTS });
  return { loads: loads() };
}

/** By the clock of the run, so that all users turn to the next key at the same moment. */
export function readHerd(): void {
  const second = Math.floor(exec.instance.currentTestRunDuration / 1_000);
  // From the end of the catalogue but for its last, which setup() has read.
  visit.product(productId(Math.max(0, settings.products - 2 - (second % (settings.products - 1)))));
}

export function teardown(before: Before): void {
  const after = loads();
  if (after === undefined || before.loads === undefined) return;
  const keys = settings.seconds + plan.warmSeconds;
  loadsPerKey.add((after - before.loads) / keys);
}

function loads(): number | undefined {
  const url = `${settings.metricsUrl}/metrics`;
  const { response } = ask({ method: 'GET', url, route: 'setup', kind: 'setup', statuses: [200] });
  return sumIn(response.body, 'cache_load_seconds_count');
}

export const handleSummary = summaryOf(plan, settings, { more: { loads_per_key: 'value' } });
