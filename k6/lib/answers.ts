type Json = Readonly<Record<string, unknown>>;
type Rules = Readonly<Record<string, (body: Json) => boolean>>;

const METRICS = [
  ['api_request_latency_seconds', 'histogram'],
  ['cache_hits_total', 'counter'],
  ['cache_misses_total', 'counter'],
  ['api_errors_total', 'counter'],
] as const;

const PROBLEM_RULES: Rules = {
  'type is a string': (body) => isText(body['type']),
  'title is a string': (body) => isText(body['title']),
};

function productRules(id: string): Rules {
  return {
    'id is the one asked for': (body) => body['id'] === id,
    'name is a string with something in it': (body) => isText(body['name']),
    'price is a number above 0': (body) => isNumber(body['price']) && body['price'] > 0,
    'stock is a whole number of at least 0': (body) => isWhole(body['stock']) && body['stock'] >= 0,
    'last_updated is a time in seconds': (body) =>
      isNumber(body['last_updated']) && isSeconds(body['last_updated']),
  };
}

/**
 * Rules that the body of a product's answer breaks; none if it is right.
 *
 * @param body as received; `null` if there was none
 * @param id the product that was asked for
 * @returns names out of a fixed set, fit to count by
 */
export function productFaults(body: string | null, id: string): readonly string[] {
  return faults(body, productRules(id));
}

/** The same for `GET /products?ids=`: what was found and what was not, each id in one of both. */
export function selectionFaults(body: string | null, ids: readonly string[]): readonly string[] {
  return faults(body, {
    'items are products that were asked for': ({ items }) =>
      isList(items) && items.every((item) => isProduct(item) && ids.includes(String(item['id']))),
    'missing are the other ids': ({ items, missing }) =>
      isList(items) && isList(missing) && items.length + missing.length === ids.length,
  });
}

/** The same for a page of products. */
export function pageFaults(body: string | null, limit: number): readonly string[] {
  return faults(body, {
    'items are products, in the order of their ids': ({ items }) =>
      isList(items) && items.every(isProduct) && isRising(items.map((item) => String((item as Json)['id']))),
    'items are no more than the limit': ({ items }) => isList(items) && items.length <= limit,
    'next_cursor is a string or null': ({ next_cursor: next }) => next === null || isText(next),
  });
}

/** The same for the list of categories. */
export function categoriesFaults(body: string | null): readonly string[] {
  return faults(body, { 'items are categories': ({ items }) => isList(items) && items.every(isCategory) });
}

/** The same for one category, which knows how many products it has. */
export function categoryFaults(body: string | null, id: string): readonly string[] {
  return faults(body, {
    'it is a category': isCategory,
    'id is the one asked for': (category) => category['id'] === id,
    'product_count is a whole number of at least 0': ({ product_count: products }) =>
      isWhole(products) && products >= 0,
  });
}

/** The members of an answer's body that give its age. */
export interface Seen {
  readonly stock: number;
  readonly lastUpdated: number;
}

/** @returns undefined if the body is no product */
export function seenIn(body: string | null): Seen | undefined {
  const product = parse(body);
  if (product === undefined || !isProduct(product)) return undefined;
  return { stock: Number(product['stock']), lastUpdated: Number(product['last_updated']) };
}

/** @returns the text member of a JSON body; undefined if there is none */
export function textIn(body: string | null, member: string): string | undefined {
  const value = parse(body)?.[member];
  return isText(value) ? value : undefined;
}

/** @returns the sum of a metric's series on a metrics page, under this name or with a prefix; undefined if there are none */
export function sumIn(page: string | null, name: string): number | undefined {
  const values = (page ?? '').split('\n').flatMap((line) => {
    const [, found = '', value = ''] = /^(\w+)(?:\{.*\})? (\S+)$/.exec(line) ?? [];
    return found === name || found.endsWith(`_${name}`) ? [Number(value)] : [];
  });
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

/** The same for `GET /changes`: changes of known resources, and a cursor to read on. */
export function changesFaults(body: string | null, limit: number): readonly string[] {
  return faults(body, {
    'items are changes': ({ items }) => isList(items) && items.every(isChange),
    'items are no more than the limit': ({ items }) => isList(items) && items.length <= limit,
    'cursor is a string with something in it': ({ cursor }) => isText(cursor),
  });
}

/** The same for `/health`: it always has a status. */
export function healthFaults(body: string | null): readonly string[] {
  return faults(body, { 'status is a string': (health) => isText(health['status']) });
}

/** The same for an error's body (RFC 9457), whose status repeats the answer's. */
export function problemFaults(body: string | null, status: number): readonly string[] {
  return faults(body, {
    ...PROBLEM_RULES,
    "status is the answer's": (problem) => problem['status'] === status,
  });
}

/** The same for `/metrics`: the four names that dashboards read are declared. */
export function metricsFaults(body: string | null): readonly string[] {
  const lines = new Set((body ?? '').split('\n'));
  return METRICS.filter(([name, type]) => !lines.has(`# TYPE ${name} ${type}`)).map(
    ([name, type]) => `${name} is a ${type}`,
  );
}

function faults(text: string | null, rules: Rules): readonly string[] {
  const body = parse(text);
  if (body === undefined) return ['the body is a JSON object'];
  return faultsIn(body, rules);
}

function faultsIn(body: Json, rules: Rules): readonly string[] {
  return Object.keys(rules).filter((name) => rules[name]?.(body) !== true);
}

function isProduct(value: unknown): value is Json {
  return isObject(value) && isText(value['id']) && faultsIn(value, productRules(value['id'])).length === 0;
}

function isCategory(value: unknown): value is Json {
  return isObject(value) && isText(value['id']) && isText(value['name']) && isNumber(value['last_updated']);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** By code points, as the service sorts. */
function isRising(ids: readonly string[]): boolean {
  return ids.every((id, n) => n === 0 || String(ids[n - 1]) < id);
}

function parse(text: string | null): Json | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isWhole(value: unknown): value is number {
  return isNumber(value) && Number.isInteger(value);
}

/** Seconds, not milliseconds: a thousand times as many would be in the year 50000. */
function isSeconds(value: number): boolean {
  return value > 1e9 && value < 1e11;
}

function isChange(item: unknown): boolean {
  const { resource, version } = item as Json;
  return (resource === 'product' || resource === 'category') && isWhole(version);
}
