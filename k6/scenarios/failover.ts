// Do customers notice that Redis is lost? A third of the time with it, a third without, a third with it again.
//   k6/run.sh failover          breaks the Redis that it started; else break it when the run says so
//   k6 run -e BASE_URL=http://127.0.0.1:3000 -e RATE=1000 k6/scenarios/failover.ts
import { productId, zipf } from '../lib/ids.ts';
import { judgedBy } from '../lib/over-time.ts';
import { optionsOf, planOf } from '../lib/plan.ts';
import { prepare } from '../lib/preflight.ts';
import { breakRedis, mendRedis, redisSignals } from '../lib/redis-signals.ts';
import { readSettings } from '../lib/settings.ts';
import { SHAPES } from '../lib/shapes.ts';
import { summaryOf } from '../lib/summary/summary.ts';
import { THRESHOLDS } from '../lib/thresholds.ts';
import { visitsOf } from '../lib/visits.ts';

const settings = readSettings(__ENV, { rate: 1_000, duration: '1m' });
const third = settings.seconds / 3;
const shape = SHAPES.constant(settings.rate, third);
const plan = planOf('failover', [
  { name: 'before', exec: 'read', shape },
  { name: 'without', exec: 'read', shape, from: third },
  { name: 'after', exec: 'read', shape, from: third * 2 },
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
    THRESHOLDS.productTimes(settings, undefined, 'scenario:before'),
    THRESHOLDS.productTimes(settings, undefined, 'scenario:without'),
    THRESHOLDS.productTimes(settings, undefined, 'scenario:after'),
  ),
  redisSignals(plan.warmSeconds + third, third),
);

export const setup = () => prepare(settings);

export function read(): void {
  visit.product(productId(popular(Math.random)));
}

export { breakRedis, mendRedis };

export const handleSummary = summaryOf(plan, settings);
