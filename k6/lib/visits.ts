import { healthFaults, metricsFaults, problemFaults, productFaults } from './answers.ts';
import { checkAnswer, type Expected } from './checks.ts';
import { ask, type Question } from './requests.ts';

const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';
const METRICS_TYPE = 'text/plain';
const PRODUCT_ROUTE = 'GET /products/:id';

/** Reads a product that the catalogue has. */
export function visitProduct(baseUrl: string, id: string): void {
  const url = `${baseUrl}/products/${id}`;
  visit({ url, route: PRODUCT_ROUTE, kind: 'product', status: 200 }, JSON_TYPE, (body) =>
    productFaults(body, id),
  );
}

/** Asks for health: as a whole, or one of its probes. */
export function visitHealth(baseUrl: string, path: '/health' | '/health/live' | '/health/ready'): void {
  visit(
    { url: `${baseUrl}${path}`, route: `GET ${path}`, kind: 'health', status: 200 },
    JSON_TYPE,
    healthFaults,
  );
}

/** Reads the metrics as Prometheus does. */
export function visitMetrics(baseUrl: string): void {
  const question = { url: `${baseUrl}/metrics`, route: 'GET /metrics', kind: 'metrics', status: 200 };
  visit(question, METRICS_TYPE, metricsFaults);
}

/**
 * Asks for what is not there, or can't be.
 *
 * @param id as it stands in the path, encoded where it must be
 * @param status 404 where no product has this id, 400 where none can have
 */
export function visitNoProduct(baseUrl: string, id: string, status: 400 | 404): void {
  const url = `${baseUrl}/products/${id}`;
  const route = `${PRODUCT_ROUTE} (${status})`;
  visit({ url, route, kind: 'problem', status }, PROBLEM_TYPE, (body) => problemFaults(body, status));
}

function visit(
  question: Question,
  contentType: string,
  faultsOf: (body: string | null) => Expected['faults'],
): void {
  const exchange = ask(question);
  checkAnswer(exchange, { question, contentType, faults: faultsOf(exchange.response.body) });
}
