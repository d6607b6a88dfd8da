// Does it answer at all, and rightly? A few requests to every route, for seconds: after a deployment, in CI.
//   k6 run -e BASE_URL=http://127.0.0.1:3000 k6/scenarios/smoke.ts
import type { Options } from 'k6/options';
import { anyProductId } from '../lib/ids.ts';
import { readSettings } from '../lib/settings.ts';
import { FAULTLESS } from '../lib/thresholds.ts';
import { visitHealth, visitMetrics, visitNoProduct, visitProduct } from '../lib/visits.ts';

const settings = readSettings(__ENV);

export const options: Options = {
  scenarios: {
    smoke: { executor: 'shared-iterations', vus: 2, iterations: 20, maxDuration: '30s' },
  },
  thresholds: FAULTLESS,
};

export default function smoke(): void {
  const { baseUrl, products } = settings;
  visitProduct(baseUrl, anyProductId(Math.random, products));
  visitNoProduct(baseUrl, 'no-such-product', 404);
  visitNoProduct(baseUrl, '%20', 400);
  visitHealth(baseUrl, '/health');
  visitHealth(baseUrl, '/health/live');
  visitHealth(baseUrl, '/health/ready');
  visitMetrics(baseUrl);
}
