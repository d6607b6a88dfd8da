// Does the service answer each described route, and rightly? For a deployment, and for CI.
//   k6 run -e BASE_URL=http://127.0.0.1:3000 -e API_KEY=… k6/scenarios/smoke.ts
import { textIn } from '../lib/answers.ts';
import { productId, requestIds, uniform } from '../lib/ids.ts';
import { judgedBy } from '../lib/over-time.ts';
import { optionsOf, planOf } from '../lib/plan.ts';
import { prepare } from '../lib/preflight.ts';
import { readSettings } from '../lib/settings.ts';
import { SHAPES } from '../lib/shapes.ts';
import { summaryOf } from '../lib/summary/summary.ts';
import { THRESHOLDS } from '../lib/thresholds.ts';
import { visitsOf } from '../lib/visits.ts';

// RATE is in rounds per second here: a round visits each route.
const settings = readSettings(__ENV, { rate: 2, duration: '1m' });
const READS = 15;
const WRITES = 11;
const plan = planOf(
  'smoke',
  [
    {
      name: 'smoke',
      exec: 'smoke',
      shape: SHAPES.constant(settings.rate, settings.seconds),
      requestsEach: READS + (settings.apiKey === undefined ? 0 : WRITES),
    },
  ],
  0,
);
const visit = visitsOf(settings, plan);
const anyProduct = uniform(settings.products);
const nextKey = requestIds(Math.random);

export const options = optionsOf(plan, settings, judgedBy(THRESHOLDS.faultless(), THRESHOLDS.sent(plan)));

export const setup = () => prepare(settings, { warm: 0 });

/** A round: each route that is read, and with a key each route that is written. */
export function smoke(): void {
  const id = productId(anyProduct(Math.random));
  const etag = visit.product(id).response.headers['Etag'];
  if (etag !== undefined) visit.unchanged(id, etag);
  visit.selection([...new Set([id, productId(0), 'no-such-product'])]);
  const cursor = textIn(visit.page(3).response.body, 'next_cursor');
  if (cursor !== undefined) visit.page(3, cursor);
  visit.noProduct('no-such-product', 404);
  visit.noProduct('%20', 400);
  visitCategories();
  visit.health('/health');
  visit.health('/health/live');
  visit.health('/health/ready');
  visit.changes(10);
  visit.metrics();
  visit.writeWithoutKey();
  if (settings.apiKey === undefined) return;
  writeProduct();
  writeCategory();
}

function visitCategories(): void {
  const { body } = visit.categories().response;
  const [, id] = /"id":"([\w.-]+)"/.exec(body ?? '') ?? [];
  if (id !== undefined) visit.category(id);
}

/** The life of a product that no other round sees. */
function writeProduct(): void {
  const product = { name: 'Smoke test', price: 9.99, stock: 5 };
  const id = textIn(visit.create('products', product, nextKey()).response.body, 'id');
  if (id === undefined) return;
  visit.replace('products', id, { ...product, price: 8.5 });
  visit.patch('products', id, { name: 'Smoke test, changed' });
  visit.addToStock(id, -1);
  visit.product(id);
  visit.remove('products', id);
}

/** The same of a category. */
function writeCategory(): void {
  const id = textIn(visit.create('categories', { name: 'Smoke test' }, nextKey()).response.body, 'id');
  if (id === undefined) return;
  visit.replace('categories', id, { name: 'Smoke test, renamed' });
  visit.patch('categories', id, { name: 'Smoke test' });
  visit.category(id);
  visit.remove('categories', id);
}

export const handleSummary = summaryOf(plan, settings);
