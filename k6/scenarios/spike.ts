// What does a flash of traffic to products that no cache holds meet? Ten times the rate within a second, and back.
//   k6 run -e BASE_URL=http://127.0.0.1:3000 -e RATE=2000 k6/scenarios/spike.ts
import { productId, uniform } from '../lib/ids.ts';
import { judgedBy } from '../lib/over-time.ts';
import { optionsOf, planOf } from '../lib/plan.ts';
import { prepare } from '../lib/preflight.ts';
import { readSettings } from '../lib/settings.ts';
import { SHAPES, secondsOf } from '../lib/shapes.ts';
import { summaryOf } from '../lib/summary/summary.ts';
import { THRESHOLDS } from '../lib/thresholds.ts';
import { visitsOf } from '../lib/visits.ts';

/** Of the catalogue, what is read before: the code is warm then, and 99 of 100 products are cold. */
const KNOWN_SHARE = 0.01;
/** A cold read waits for Postgres, with thousands of others. */
const COLD_MS = { p99: 250, p999: 1_000 };

// RATE is the height of the spike.
const settings = readSettings(__ENV, { rate: 5_000, duration: '45s' });
const known = Math.ceil(settings.products * KNOWN_SHARE);
const { startRate: calm, ...shape } = SHAPES.spike(settings.rate, settings.seconds);
const [before, rise, high, fall, after] = shape.stages;
if (!before || !rise || !high || !fall || !after) throw new Error('A spike has five stages');
const flash = { startRate: calm, stages: [rise, high, fall] };
const plan = planOf('spike', [
  { name: 'before', exec: 'readKnown', shape: { startRate: calm, stages: [before] } },
  { name: 'flash', exec: 'readAny', shape: flash, from: before.seconds },
  {
    name: 'after',
    exec: 'readAny',
    shape: { startRate: calm, stages: [after] },
    from: before.seconds + secondsOf(flash),
  },
]);
const visit = visitsOf(settings, plan);
const knownProduct = uniform(known);
const anyProduct = uniform(settings.products);

export const options = optionsOf(
  plan,
  settings,
  judgedBy(
    THRESHOLDS.right(),
    THRESHOLDS.answered(),
    THRESHOLDS.sent(plan),
    THRESHOLDS.productTimes(settings, COLD_MS, 'scenario:flash'),
    THRESHOLDS.productTimes(settings, undefined, 'scenario:after'),
  ),
);

export const setup = () => prepare(settings, { warm: known });

export function readKnown(): void {
  visit.product(productId(knownProduct(Math.random)));
}

export function readAny(): void {
  visit.product(productId(anyProduct(Math.random)));
}

export const handleSummary = summaryOf(plan, settings);
