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
 * Which rules the body of a product's answer breaks; none where it is right.
 *
 * @param body as it came; `null` where there was none
 * @param id the product that was asked for
 * @returns names out of a fixed set, fit to count by
 */
export function productFaults(body: string | null, id: string): readonly string[] {
  return faults(body, productRules(id));
}

/** The same for `/health`: whatever it says, it says it by a status. */
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
  return Object.keys(rules).filter((name) => rules[name]?.(body) !== true);
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
