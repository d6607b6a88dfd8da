// The everyday mix, at a rate that does not wait for answers: product : health : metrics as 3 : 1 : 0.5.
//   k6 run -e BASE_URL=http://127.0.0.1:3000 -e RATE=1000 -e SHAPE=flash k6/scenarios/mix.ts
import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { productFaults } from '../lib/answers.ts';
import { anyProductId, productId } from '../lib/ids.ts';
import { drawKind, type Kind } from '../lib/mix.ts';
import { ask } from '../lib/requests.ts';
import { readSettings } from '../lib/settings.ts';
import { shapeOf } from '../lib/shapes.ts';
import { underLoad } from '../lib/thresholds.ts';
import { visitHealth, visitMetrics, visitProduct } from '../lib/visits.ts';

const settings = readSettings(__ENV);

export const options: Options = {
  scenarios: { mix: shapeOf(settings) },
  thresholds: underLoad(settings),
};

const VISITS: Readonly<Record<Kind, () => void>> = {
  product: () => visitProduct(settings.baseUrl, anyProductId(Math.random, settings.products)),
  health: () => visitHealth(settings.baseUrl, '/health'),
  metrics: () => visitMetrics(settings.baseUrl),
};

/** A catalogue that is not there, or smaller than thought, would be measured as a service that answers 404 fast. */
export function setup(): void {
  const last = productId(settings.products - 1);
  const url = `${settings.baseUrl}/products/${last}`;
  const { response } = ask({ url, route: 'setup', kind: 'setup', status: 200 });
  if (productFaults(response.body, last).length === 0) return;
  exec.test.abort(`${url} is no product: is it seeded with ${settings.products} products (PRODUCTS)?`);
}

export default function mix(): void {
  VISITS[drawKind(Math.random())]();
}
