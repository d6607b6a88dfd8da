import {
  categoriesFaults,
  categoryFaults,
  changesFaults,
  healthFaults,
  metricsFaults,
  pageFaults,
  problemFaults,
  productFaults,
  selectionFaults,
  textIn,
} from './answers.ts';
import { checkAnswer, type Expected } from './checks.ts';
import { recorderOf } from './over-time.ts';
import type { Plan } from './plan.ts';
import { ask, type Exchange, type Question } from './requests.ts';
import type { Settings } from './settings.ts';

const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';
const METRICS_TYPE = 'text/plain';
const PRODUCT_ROUTE = '/products/:id';

type Asked = Pick<Question, 'method' | 'route'> & Partial<Question> & { readonly path: string };
type Awaited = Partial<Omit<Expected, 'question'>> & Pick<Expected, 'faults'>;

/** What can be written. */
type Collection = 'products' | 'categories';
const FAULTS = { products: productFaults, categories: categoryFaults } as const;

/** Requests to the service by name, each with its answer recorded and checked against the contract. */
export type Visits = ReturnType<typeof visitsOf>;

const noFaults = () => [];
const emptyBody = (body: string | null) => (body === null || body === '' ? [] : ['there is no body']);

export function visitsOf(
  { baseUrl, metricsUrl, apiKey }: Pick<Settings, 'baseUrl' | 'metricsUrl' | 'apiKey'>,
  plan: Plan,
) {
  const record = recorderOf(plan);

  const visit = ({ path, ...asked }: Asked, awaited: Awaited): Exchange => {
    const question = {
      kind: 'list',
      statuses: [200],
      url: (path === '/metrics' ? metricsUrl : baseUrl) + path,
      ...asked,
    } as const;
    const exchange = ask(question);
    record(exchange, question);
    checkAnswer(exchange, {
      question,
      contentType: JSON_TYPE,
      cached: false,
      sameWhenDown: false,
      ...awaited,
    });
    return exchange;
  };

  const write = (asked: Omit<Asked, 'kind'>, awaited: Awaited): Exchange =>
    visit(
      { kind: 'write', ...asked, headers: { Authorization: `Bearer ${apiKey}`, ...asked.headers } },
      awaited,
    );

  return {
    /** Reads a product that the catalogue has. */
    product: (id: string) =>
      visit(
        { method: 'GET', path: `/products/${id}`, route: `GET ${PRODUCT_ROUTE}`, kind: 'product' },
        { cached: true, faults: (body) => productFaults(body, id) },
      ),

    /** Reads a product that the client has already, by its entity tag. */
    unchanged: (id: string, etag: string) =>
      visit(
        {
          method: 'GET',
          path: `/products/${id}`,
          route: `GET ${PRODUCT_ROUTE} (304)`,
          statuses: [304],
          headers: { 'If-None-Match': etag },
        },
        { contentType: undefined, cached: true, faults: emptyBody },
      ),

    /** Asks for a product that does not exist (404), or cannot (400). @param id as it stands in the path */
    noProduct: (id: string, status: 400 | 404) =>
      visit(
        {
          method: 'GET',
          path: `/products/${id}`,
          route: `GET ${PRODUCT_ROUTE} (${status})`,
          kind: 'problem',
          statuses: [status],
        },
        { contentType: PROBLEM_TYPE, faults: (body) => problemFaults(body, status) },
      ),

    /** Reads several products by their ids. */
    selection: (ids: readonly string[]) =>
      visit(
        { method: 'GET', path: `/products?ids=${ids.join(',')}`, route: 'GET /products?ids' },
        { faults: (body) => selectionFaults(body, ids) },
      ),

    /** Reads a page of the catalogue. @param cursor from the page before; default: the first page */
    page: (limit: number, cursor?: string) =>
      visit(
        {
          method: 'GET',
          path: `/products?limit=${limit}${cursor === undefined ? '' : `&cursor=${cursor}`}`,
          route: 'GET /products',
        },
        { faults: (body) => pageFaults(body, limit) },
      ),

    categories: () =>
      visit({ method: 'GET', path: '/categories', route: 'GET /categories' }, { faults: categoriesFaults }),

    category: (id: string) =>
      visit(
        { method: 'GET', path: `/categories/${id}`, route: 'GET /categories/:id' },
        { faults: (body) => categoryFaults(body, id) },
      ),

    /** Reads what has changed. */
    changes: (limit: number) =>
      visit(
        { method: 'GET', path: `/changes?limit=${limit}`, route: 'GET /changes' },
        { faults: (body) => changesFaults(body, limit) },
      ),

    /** Asks for health as a whole, or for one of its probes. */
    health: (path: '/health' | '/health/live' | '/health/ready' = '/health') =>
      visit(
        { method: 'GET', path, route: `GET ${path}`, kind: 'health' },
        { sameWhenDown: true, faults: healthFaults },
      ),

    /** Reads the metrics as Prometheus does. */
    metrics: () =>
      visit(
        { method: 'GET', path: '/metrics', route: 'GET /metrics', kind: 'metrics' },
        { contentType: METRICS_TYPE, faults: metricsFaults },
      ),

    /** Writes without a key: refused, whether the service has keys (401) or not (403). */
    writeWithoutKey: () =>
      visit(
        {
          method: 'POST',
          path: '/products',
          route: 'POST /products (no key)',
          kind: 'problem',
          statuses: [401, 403],
          body: { name: 'Nothing', price: 1, stock: 0 },
        },
        { contentType: PROBLEM_TYPE, faults: noFaults },
      ),

    create: (collection: Collection, body: object, idempotencyKey: string) =>
      write(
        {
          method: 'POST',
          path: `/${collection}`,
          route: `POST /${collection}`,
          statuses: [201],
          body,
          headers: { 'Idempotency-Key': idempotencyKey },
        },
        // The service may have made the id.
        { faults: (answer) => FAULTS[collection](answer, textIn(answer, 'id') ?? '') },
      ),

    replace: (collection: Collection, id: string, body: object) =>
      write(
        { method: 'PUT', path: `/${collection}/${id}`, route: `PUT /${collection}/:id`, body },
        { faults: (answer) => FAULTS[collection](answer, id) },
      ),

    patch: (collection: Collection, id: string, body: object) =>
      write(
        { method: 'PATCH', path: `/${collection}/${id}`, route: `PATCH /${collection}/:id`, body },
        { faults: (answer) => FAULTS[collection](answer, id) },
      ),

    remove: (collection: Collection, id: string) =>
      write(
        {
          method: 'DELETE',
          path: `/${collection}/${id}`,
          route: `DELETE /${collection}/:id`,
          statuses: [204],
        },
        { contentType: undefined, faults: emptyBody },
      ),

    addToStock: (id: string, delta: number) =>
      write(
        {
          method: 'POST',
          path: `/products/${id}/stock`,
          route: `POST ${PRODUCT_ROUTE}/stock`,
          body: { delta },
        },
        { faults: (body) => productFaults(body, id) },
      ),
  };
}
