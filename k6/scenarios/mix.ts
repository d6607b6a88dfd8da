// What does the predecessor's everyday traffic meet? Product : health : metrics as 3 : 1 : 0.5, users that arrive and stay.
//   k6 run -e BASE_URL=http://127.0.0.1:3000 -e RATE=1000 -e DURATION=2m k6/scenarios/mix.ts
import { uniform } from '../lib/ids.ts';
import { mixOf } from '../lib/mix.ts';
import { judgedBy } from '../lib/over-time.ts';
import { optionsOf, planOf } from '../lib/plan.ts';
import { prepare } from '../lib/preflight.ts';
import { readSettings } from '../lib/settings.ts';
import { SHAPES } from '../lib/shapes.ts';
import { summaryOf } from '../lib/summary/summary.ts';
import { THRESHOLDS } from '../lib/thresholds.ts';
import { visitsOf } from '../lib/visits.ts';

const settings = readSettings(__ENV, { rate: 1_000, duration: '1m' });
const plan = planOf('mix', [
  { name: 'mix', exec: 'mix', shape: SHAPES.arrivals(settings.rate, settings.seconds) },
]);
const visit = visitsOf(settings, plan);

export const options = optionsOf(
  plan,
  settings,
  judgedBy(
    THRESHOLDS.right(),
    THRESHOLDS.answered(),
    THRESHOLDS.sent(plan),
    THRESHOLDS.productTimes(settings),
    THRESHOLDS.otherTimes(settings, 'health'),
    THRESHOLDS.otherTimes(settings, 'metrics'),
  ),
);

export const setup = () => prepare(settings);

export const mix = mixOf(visit, uniform(settings.products));

export const handleSummary = summaryOf(plan, settings);
