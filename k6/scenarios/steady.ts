// Does the service hold the rate that its rewrite needed twelve machines for? 10,400 product reads per second.
//   k6 run -e BASE_URL=http://127.0.0.1:3000 -e RATE=10400 k6/scenarios/steady.ts
import { productId, zipf } from '../lib/ids.ts';
import { judgedBy } from '../lib/over-time.ts';
import { optionsOf, planOf } from '../lib/plan.ts';
import { prepare } from '../lib/preflight.ts';
import { readSettings } from '../lib/settings.ts';
import { SHAPES } from '../lib/shapes.ts';
import { summaryOf } from '../lib/summary/summary.ts';
import { THRESHOLDS } from '../lib/thresholds.ts';
import { visitsOf } from '../lib/visits.ts';

const settings = readSettings(__ENV, { rate: 10_400, duration: '1m' });
const plan = planOf('steady', [
  { name: 'steady', exec: 'read', shape: SHAPES.constant(settings.rate, settings.seconds) },
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
