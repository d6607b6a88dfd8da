// What happens above the promised rate? A quarter of the time 10,400 of 12,000 reads per second, then 12,000: the highest rate
// that the predecessor's load test was run at.
//   k6 run -e BASE_URL=http://127.0.0.1:3000 -e RATE=12000 k6/scenarios/overshoot.ts
import { productId, zipf } from '../lib/ids.ts';
import { judgedBy } from '../lib/over-time.ts';
import { optionsOf, planOf } from '../lib/plan.ts';
import { prepare } from '../lib/preflight.ts';
import { readSettings } from '../lib/settings.ts';
import { SHAPES } from '../lib/shapes.ts';
import { summaryOf } from '../lib/summary/summary.ts';
import { THRESHOLDS } from '../lib/thresholds.ts';
import { visitsOf } from '../lib/visits.ts';

const settings = readSettings(__ENV, { rate: 12_000, duration: '1m' });
const plan = planOf('overshoot', [
  { name: 'overshoot', exec: 'read', shape: SHAPES.overshoot(settings.rate, settings.seconds) },
]);
const visit = visitsOf(settings, plan);
const popular = zipf(settings.products);

export const options = optionsOf(
  plan,
  settings,
  judgedBy(
    THRESHOLDS.right(),
    THRESHOLDS.answered(),
    THRESHOLDS.sent(plan),
    THRESHOLDS.productTimes(settings),
  ),
);

export const setup = () => prepare(settings);

export function read(): void {
  visit.product(productId(popular(Math.random)));
}

export const handleSummary = summaryOf(plan, settings);
