// Does a client read what it wrote? 95 reads to 5 stock changes; no answer may be older than the connection's own last write.
//   k6 run -e BASE_URL=http://127.0.0.1:3000 -e API_KEY=… -e RATE=1000 k6/scenarios/write-mix.ts
import { check } from 'k6';
import { Counter } from 'k6/metrics';
import { type Seen, seenIn } from '../lib/answers.ts';
import { productId, zipf } from '../lib/ids.ts';
import { judgedBy } from '../lib/over-time.ts';
import { optionsOf, planOf } from '../lib/plan.ts';
import { prepare } from '../lib/preflight.ts';
import { type Exchange, isNewConnection, userNumber } from '../lib/requests.ts';
import { readSettings } from '../lib/settings.ts';
import { SHAPES } from '../lib/shapes.ts';
import { summaryOf } from '../lib/summary/summary.ts';
import { THRESHOLDS } from '../lib/thresholds.ts';
import { visitsOf } from '../lib/visits.ts';

const WRITE_SHARE = 0.05;
/** Of the reads, those of the user's own product, which are compared with its last write. */
const OWN_SHARE = 0.5;
/** More than a user of this run ever takes away. */
const STOCK_STEP = 1;

const settings = readSettings(__ENV, { rate: 1_000, duration: '1m' });
const plan = planOf('write-mix', [
  { name: 'write_mix', exec: 'readOrWrite', shape: SHAPES.constant(settings.rate, settings.seconds) },
]);
const visit = visitsOf(settings, plan);
const popular = zipf(settings.products);
const olderAnswers = new Counter('older_answers');
const comparedAnswers = new Counter('compared_answers');

export const options = optionsOf(
  plan,
  settings,
  judgedBy(
    THRESHOLDS.right(),
    THRESHOLDS.answered(),
    THRESHOLDS.sent(plan),
    THRESHOLDS.productTimes(settings),
    THRESHOLDS.otherTimes(settings, 'write'),
    { older_answers: ['count==0'] },
  ),
);

export const setup = () => prepare(settings, { writes: true });

/** The last state that this user wrote, on the connection that it still has. */
let written: Seen | undefined;

export function readOrWrite(): void {
  // A user alone changes its product: the last of the catalogue, which other users hardly read.
  const own = productId(settings.products - 1 - (userNumber() % settings.products));
  const draw = Math.random();
  if (draw < WRITE_SHARE) {
    const exchange = visit.addToStock(own, STOCK_STEP);
    written = seenIn(exchange.response.body);
  } else if (draw < WRITE_SHARE + (1 - WRITE_SHARE) * OWN_SHARE) {
    compare(visit.product(own));
  } else if (isNewConnection(visit.product(productId(popular(Math.random))))) {
    written = undefined;
  }
}

/** Another connection may lead to another process, which learns of a write by Redis: then nothing is promised. */
function compare(exchange: Exchange): void {
  if (isNewConnection(exchange)) written = undefined;
  const seen = seenIn(exchange.response.body);
  if (written === undefined || seen === undefined) return;
  const isCurrent = seen.lastUpdated >= written.lastUpdated && seen.stock >= written.stock;
  comparedAnswers.add(1);
  olderAnswers.add(isCurrent ? 0 : 1);
  check(null, { "no answer is older than the connection's own last write": () => isCurrent });
}

export const handleSummary = summaryOf(plan, settings, {
  more: { compared_answers: 'count', older_answers: 'count' },
});
