// The whole story: an ordinary day, the sale begins, buyers take stock, Redis is lost, and it ends well.
//   k6/run.sh flashsale         breaks the Redis that it started; else break it when the run says so
//   k6 run -e BASE_URL=http://127.0.0.1:3000 -e API_KEY=… -e RATE=1000 k6/scenarios/flashsale.ts
import { productId, zipf } from '../lib/ids.ts';
import { mixOf } from '../lib/mix.ts';
import { judgedBy } from '../lib/over-time.ts';
import { optionsOf, type Part, planOf } from '../lib/plan.ts';
import { prepare } from '../lib/preflight.ts';
import { breakRedis, mendRedis, redisSignals } from '../lib/redis-signals.ts';
import { userNumber } from '../lib/requests.ts';
import { readSettings } from '../lib/settings.ts';
import { SALE_FACTOR, SHAPES } from '../lib/shapes.ts';
import { summaryOf } from '../lib/summary/summary.ts';
import { THRESHOLDS } from '../lib/thresholds.ts';
import { visitsOf } from '../lib/visits.ts';

/** Shares of the run. */
const CALM = 0.2;
const SALE = 0.3;
const LOST = 0.2;
const RECOVERY = 0.3;
/** Buyers per second, of the steady rate. */
const BUYER_SHARE = 0.01;
/** As many products are on sale. */
const ON_SALE = 10;

// RATE is the steady rate; the sale multiplies it by 2.5.
const settings = readSettings(__ENV, { rate: 1_000, duration: '2m' });
const { rate, seconds } = settings;
const steady = (share: number) => SHAPES.constant(rate, seconds * share);
const saleRate = Math.round(rate * SALE_FACTOR);
const parts: readonly Part[] = [
  { name: 'calm', exec: 'browse', shape: steady(CALM) },
  {
    name: 'sale',
    exec: 'browse',
    from: seconds * CALM,
    shape: {
      startRate: rate,
      stages: [
        { seconds: 1, rate: saleRate },
        { seconds: Math.max(1, seconds * SALE - 1), rate: saleRate },
      ],
    },
  },
  { name: 'redis_lost', exec: 'browse', shape: steady(LOST), from: seconds * (CALM + SALE) },
  { name: 'recovery', exec: 'browse', shape: steady(RECOVERY), from: seconds * (1 - RECOVERY) },
  {
    name: 'buyers',
    exec: 'buy',
    shape: SHAPES.constant(Math.ceil(rate * BUYER_SHARE), seconds * (SALE + LOST)),
    from: seconds * CALM,
  },
];
const plan = planOf('flashsale', parts);
const visit = visitsOf(settings, plan);

export const options = optionsOf(
  plan,
  settings,
  judgedBy(
    THRESHOLDS.right(),
    THRESHOLDS.answered(),
    THRESHOLDS.sent(plan),
    ...['calm', 'sale', 'redis_lost', 'recovery'].map((name) =>
      THRESHOLDS.productTimes(settings, undefined, `scenario:${name}`),
    ),
    THRESHOLDS.otherTimes(settings, 'write'),
  ),
  redisSignals(plan.warmSeconds + seconds * (CALM + SALE), seconds * LOST),
);

export const setup = () => prepare(settings, { writes: true });

export const browse = mixOf(visit, zipf(settings.products));

let hasReturned = false;

/** A user returns one and buys one in turn, so that a sale of any length sells out nothing. */
export function buy(): void {
  const id = productId(userNumber() % ON_SALE);
  hasReturned = !hasReturned;
  visit.addToStock(id, hasReturned ? 1 : -1);
}

export { breakRedis, mendRedis };

export const handleSummary = summaryOf(plan, settings);
