// At which rate does the service break? Arrivals rise in a straight line until a threshold is crossed, or RATE is reached.
//   k6 run -e BASE_URL=http://127.0.0.1:3000 -e RATE=20000 -e DURATION=5m k6/scenarios/breakpoint.ts
import { productId, zipf } from '../lib/ids.ts';
import { judgedBy } from '../lib/over-time.ts';
import { optionsOf, planOf } from '../lib/plan.ts';
import { prepare } from '../lib/preflight.ts';
import { readSettings } from '../lib/settings.ts';
import { SHAPES } from '../lib/shapes.ts';
import { breakingPoint } from '../lib/summary/breaking-point.ts';
import { summaryOf } from '../lib/summary/summary.ts';
import { abortingAt, boundsFor, THRESHOLDS } from '../lib/thresholds.ts';
import { visitsOf } from '../lib/visits.ts';

// RATE is the highest that is tried.
const settings = readSettings(__ENV, { rate: 20_000, duration: '5m' });
const plan = planOf('breakpoint', [
  { name: 'climb', exec: 'read', shape: SHAPES.climb(settings.rate, settings.seconds) },
]);
const visit = visitsOf(settings, plan);
const popular = zipf(settings.products);

export const options = optionsOf(
  plan,
  settings,
  judgedBy(
    THRESHOLDS.right(),
    abortingAt(THRESHOLDS.answered()),
    abortingAt(THRESHOLDS.sent(plan)),
    abortingAt(THRESHOLDS.productTimes(settings)),
  ),
);

export const setup = () => prepare(settings);

export function read(): void {
  visit.product(productId(popular(Math.random)));
}

export const handleSummary = summaryOf(plan, settings, {
  notes: (result) => [breakingPoint(result, boundsFor(settings))],
});
