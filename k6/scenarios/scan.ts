// Does a scan of ids that do not exist harm those who buy? One request in ten is a customer's; Postgres sees few of the others.
//   k6 run -e BASE_URL=http://127.0.0.1:3000 -e RATE=1000 k6/scenarios/scan.ts
import { productId, zipf } from '../lib/ids.ts';
import { judgedBy } from '../lib/over-time.ts';
import { optionsOf, planOf } from '../lib/plan.ts';
import { prepare } from '../lib/preflight.ts';
import { readSettings } from '../lib/settings.ts';
import { SHAPES } from '../lib/shapes.ts';
import { summaryOf } from '../lib/summary/summary.ts';
import { THRESHOLDS } from '../lib/thresholds.ts';
import { visitsOf } from '../lib/visits.ts';

const CUSTOMER_SHARE = 0.1;
/** So many that hardly one is asked for twice. */
const UNKNOWN_IDS = 2 ** 40;

const settings = readSettings(__ENV, { rate: 1_000, duration: '1m' });
const plan = planOf('scan', [
  { name: 'scan', exec: 'scan', shape: SHAPES.constant(settings.rate, settings.seconds) },
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
    THRESHOLDS.otherTimes(settings, 'problem'),
  ),
);

export const setup = () => prepare(settings);

export function scan(): void {
  if (Math.random() < CUSTOMER_SHARE) visit.product(productId(popular(Math.random)));
  else visit.noProduct(`scan-${Math.floor(Math.random() * UNKNOWN_IDS).toString(36)}`, 404);
}

export const handleSummary = summaryOf(plan, settings);
