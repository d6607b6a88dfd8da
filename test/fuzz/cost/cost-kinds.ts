/** One kind of request that anyone may send, in as many different copies as are wanted. */
export interface CostKind {
  readonly name: string;
  readonly method: string;
  /** Default: 16. */
  readonly connections?: number;
  /** How much of what costs by the piece it brings. Default: none. */
  readonly pieces?: Pieces;
  /** @param n the number of the copy, from 0 */
  bytes(n: number): Buffer;
}

/** The pieces of a request that the service cannot do without looking at each. */
export interface Pieces {
  /** Products that it names, or that a page has. */
  readonly products?: number;
  /** Products that no tier has. */
  readonly loads?: number;
  /** Chunks of a body. */
  readonly chunks?: number;
}

interface Parts {
  readonly method?: string;
  readonly path: string | ((n: number) => string);
  readonly headers?: readonly string[] | ((n: number) => readonly string[]);
  readonly body?: string | Buffer;
  readonly connections?: number;
  readonly pieces?: Pieces;
}

const JSON_TYPE = 'Content-Type: application/json';
const KIB = 1_024;

function kind(name: string, parts: Parts): CostKind {
  const { method = 'GET', path, headers = [], body = '' } = parts;
  const ofPath = typeof path === 'string' ? () => path : path;
  const ofHeaders = typeof headers === 'function' ? headers : () => headers;
  const length = Buffer.byteLength(body);
  const bytes = (n: number) => {
    const lines = [`${method} ${ofPath(n)} HTTP/1.1`, 'Host: shop', ...ofHeaders(n)];
    if (length > 0) lines.push(`Content-Length: ${length}`);
    const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    return length === 0 ? head : Buffer.concat([head, Buffer.from(body)]);
  };
  const { connections, pieces } = parts;
  return {
    name,
    method,
    bytes,
    ...(connections !== undefined && { connections }),
    ...(pieces && { pieces }),
  };
}

/** Always the same bytes. */
function raw(name: string, text: string, pieces: Pieces = {}): CostKind {
  const bytes = Buffer.from(text, 'latin1');
  return { name, method: 'GET', bytes: () => bytes, pieces };
}

const digits = (length: number) => `[1.${'0'.repeat(length - 6)}1]`;
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const ids = (count: number, from: number) =>
  Array.from({ length: count }, (_, k) => `prod-${from + k}`).join(',');

/** What everything is compared with: a product that is in memory. */
export const HIT: CostKind = kind('a hit', { path: '/products/prod-1' });

const READS: readonly CostKind[] = [
  kind('the same, If-None-Match: *', { path: '/products/prod-1', headers: ['If-None-Match: *'] }),
  kind('the same, HEAD', { method: 'HEAD', path: '/products/prod-1' }),
  kind('the same, by the router (a query)', { path: '/products/prod-1?x=1' }),
  kind('the same, no-cache', { path: '/products/prod-1', headers: ['Cache-Control: no-cache'] }),
  kind('the same, no-cache, another product each', {
    path: (n) => `/products/prod-${n % 1_000}`,
    headers: ['Cache-Control: no-cache'],
  }),
  kind('an unknown product, the same', { path: '/products/nope' }),
  kind('an unknown product, another each', { path: (n) => `/products/nope-${n}-${process.pid}` }),
  kind('an invalid id', { path: '/products/-' }),
  kind('an id of 8 KB', { path: `/products/${'x'.repeat(8 * KIB)}` }),
  kind('a broken percent-encoding', { path: '/products/%E0%A4%A' }),
  kind('?ids= 1', { path: '/products?ids=prod-1' }),
  kind('?ids= 100 known, the same', { path: `/products?ids=${ids(100, 0)}`, pieces: { products: 100 } }),
  kind('?ids= 100 known, another set each', {
    path: (n) => `/products?ids=${ids(100, (n * 7) % 900)}`,
    pieces: { products: 100 },
  }),
  kind('?ids= 100 unknown, the same', {
    path: `/products?ids=${ids(100, 5_000)}`,
    pieces: { products: 100 },
  }),
  kind('?ids= 100 unknown, another set each', {
    path: (n) => `/products?ids=${ids(100, 1_000_000 + 100 * n)}`,
    pieces: { products: 100, loads: 100 },
  }),
  kind('?ids= 101', { path: `/products?ids=${ids(101, 0)}` }),
  kind('?ids= 3,000 commas', { path: `/products?ids=${','.repeat(3_000)}` }),
  kind('?ids= 11 KB, invalid', { path: `/products?ids=${'-,'.repeat(5_500)}` }),
  kind('a page of 20', { path: '/products?category=cat-test' }),
  kind('a page of 100', {
    path: '/products?category=cat-test&limit=100',
    pieces: { products: 100 },
  }),
  kind('a page of 100, If-None-Match: *', {
    path: '/products?category=cat-test&limit=100',
    pieces: { products: 100 },
    headers: ['If-None-Match: *'],
  }),
  kind('a page of 100, no-cache', {
    path: '/products?category=cat-test&limit=100',
    pieces: { products: 100 },
    headers: ['Cache-Control: no-cache'],
  }),
  kind('a page of an unknown category, another each', { path: (n) => `/products?category=none-${n}` }),
  kind('a bad cursor', { path: '/products?category=cat-test&cursor=nonsense' }),
  kind('a bad cursor of 8 KB', { path: `/products?category=cat-test&cursor=${'A'.repeat(8 * KIB)}` }),
  kind('a bad limit', { path: '/products?category=cat-test&limit=1e9' }),
  kind('2,000 query parameters', {
    path: `/products?${Array.from({ length: 2_000 }, (_, k) => `a${k}`).join('&')}`,
  }),
  kind('a query of 11 KB of %', { path: `/products?category=${'%25'.repeat(3_700)}` }),
  kind('/categories', { path: '/categories' }),
  kind('/categories/cat-test', { path: '/categories/cat-test' }),
];

const OTHERS: readonly CostKind[] = [
  kind('/', { path: '/' }),
  kind('/ as a browser', { path: '/', headers: ['Accept: text/html'] }),
  kind('/health/live', { path: '/health/live' }),
  kind('/health/ready', { path: '/health/ready' }),
  kind('/health', { path: '/health' }),
  kind('/metrics', { path: '/metrics' }),
  kind('/metrics, gzip', { path: '/metrics', headers: ['Accept-Encoding: gzip'] }),
  kind('/docs-json', { path: '/docs-json' }),
  kind('/docs-json, gzip', { path: '/docs-json', headers: ['Accept-Encoding: gzip, br'] }),
  kind('/docs-json, If-None-Match: *', { path: '/docs-json', headers: ['If-None-Match: *'] }),
  kind('/docs-yaml', { path: '/docs-yaml', connections: 2 }),
  kind('/docs', { path: '/docs' }),
  kind('/docs/', { path: '/docs/' }),
  kind('/docs/swagger-ui-init.js', { path: '/docs/swagger-ui-init.js' }),
  kind('/docs/swagger-ui.css', { path: '/docs/swagger-ui.css' }),
  kind('/docs/swagger-ui.css, gzip', {
    path: '/docs/swagger-ui.css',
    headers: ['Accept-Encoding: gzip, br'],
  }),
  kind('/docs/swagger-ui-standalone-preset.js', { path: '/docs/swagger-ui-standalone-preset.js' }),
  kind('/docs/swagger-ui-bundle.js', { path: '/docs/swagger-ui-bundle.js' }),
  kind('/docs/swagger-ui-bundle.js, gzip', {
    path: '/docs/swagger-ui-bundle.js',
    headers: ['Accept-Encoding: gzip, br'],
  }),
  kind('/docs/swagger-ui-bundle.js, identity', {
    path: '/docs/swagger-ui-bundle.js',
    headers: ['Accept-Encoding: identity'],
  }),
  kind('/docs/swagger-ui-bundle.js.map', { path: '/docs/swagger-ui-bundle.js.map' }),
  kind('/docs/nothing', { path: '/docs/nothing' }),
  kind('/docs/../../package.json', { path: '/docs/../../package.json' }),
];

const REFUSED: readonly CostKind[] = [
  kind('404', { path: '/nowhere' }),
  kind('404, another each', { path: (n) => `/nowhere/${n}` }),
  kind('404, a path of 11 KB', { path: `/${'x/'.repeat(5_600)}` }),
  kind('405', { method: 'DELETE', path: '/products' }),
  kind('OPTIONS', { method: 'OPTIONS', path: '/products/prod-1' }),
  kind('a method that HTTP knows', { method: 'PROPFIND', path: '/products' }),
  raw('a method that nothing knows', 'NONSENSE / HTTP/1.1\r\nHost: shop\r\n\r\n'),
  raw('no HTTP', 'hello\r\n\r\n'),
  raw('no Host', 'GET /products/prod-1 HTTP/1.1\r\n\r\n'),
  raw('two Hosts', 'GET /products/prod-1 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'),
  raw('two lengths', 'POST /products HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'),
  kind('414', { path: `/products/${'x'.repeat(12_400)}` }),
  kind('431, one header of 17 KB', { path: '/products/prod-1', headers: [`X-Big: ${'x'.repeat(17 * KIB)}`] }),
  kind('431, 150 headers', {
    path: '/products/prod-1',
    headers: Array.from({ length: 150 }, (_, k) => `X-${k}: ${k}`),
  }),
  kind('headers of 15 KB that are taken', {
    path: '/products/prod-1',
    headers: Array.from({ length: 90 }, (_, k) => `X-Header-${k}: ${'v'.repeat(145)}`),
  }),
  kind('a traceparent of 15 KB', {
    path: '/products/prod-1',
    headers: [`traceparent: 00-${'a'.repeat(15_000)}`],
  }),
  kind('an X-Request-ID of 15 KB', {
    path: '/products/prod-1',
    headers: [`X-Request-ID: ${'a'.repeat(15_000)}`],
  }),
  kind('If-None-Match of 15 KB', {
    path: '/products/prod-1',
    headers: [`If-None-Match: ${'"a",'.repeat(3_700)}"b"`],
  }),
  kind('If-None-Match of 15 KB without quotes', {
    path: '/products/prod-1',
    headers: [`If-None-Match: ${'W/W/,'.repeat(3_000)}`],
  }),
  kind('Cache-Control of 15 KB', {
    path: '/products/prod-1',
    headers: [`Cache-Control: ${'max-age=0, '.repeat(1_360)}`],
  }),
  kind('Accept-Encoding of 15 KB', {
    path: '/products?category=cat-test&limit=100',
    pieces: { products: 100 },
    headers: [`Accept-Encoding: ${'gzip;q=0.1,'.repeat(1_360)}`],
  }),
  kind('Authorization of 15 KB', {
    method: 'POST',
    path: '/products',
    headers: [`Authorization: Bearer ${'a'.repeat(15_000)}`, JSON_TYPE],
    body: '{}',
  }),
  kind('X-Forwarded-For of 15 KB', {
    path: '/products/prod-1?x',
    headers: [`X-Forwarded-For: ${'1.2.3.4, '.repeat(1_660)}`],
  }),
];

const BODIES: readonly CostKind[] = [
  kind('POST without a key', {
    method: 'POST',
    path: '/products',
    headers: [JSON_TYPE],
    body: '{"name":"a"}',
  }),
  kind('POST with a wrong key', {
    method: 'POST',
    path: '/products',
    headers: [JSON_TYPE, 'Authorization: Bearer hs_wrong'],
    body: '{"name":"a"}',
  }),
  kind('PATCH without a key, 60 KB', {
    method: 'PATCH',
    path: '/products/prod-1',
    headers: [JSON_TYPE],
    body: `{"name":"${'a'.repeat(60 * KIB)}"}`,
  }),
  kind('POST /nowhere, 64 KB of digits', {
    method: 'POST',
    path: '/nowhere',
    headers: [JSON_TYPE],
    body: digits(64 * KIB),
  }),
  kind('POST /products without a key, 64 KB of digits', {
    method: 'POST',
    path: '/products',
    headers: [JSON_TYPE],
    body: digits(64 * KIB),
  }),
  kind('POST /products without a key, 60 KB nested', {
    method: 'POST',
    path: '/products',
    headers: [JSON_TYPE],
    body: nested(30 * KIB),
  }),
  kind('POST, bad JSON, without a key', {
    method: 'POST',
    path: '/products',
    headers: [JSON_TYPE],
    body: '{',
  }),
  kind('POST, a form, without a key', {
    method: 'POST',
    path: '/products',
    headers: ['Content-Type: application/x-www-form-urlencoded'],
    body: 'a=b&'.repeat(1_000),
  }),
  kind('413, 200 KB, without a key', {
    method: 'POST',
    path: '/products',
    headers: [JSON_TYPE],
    body: `{"name":"${'a'.repeat(200 * KIB)}"}`,
  }),
  kind('GET with a body of 60 KB', { path: '/products/prod-1', body: 'a'.repeat(60 * KIB) }),
  kind('POST /metrics with a body of 60 KB', {
    method: 'POST',
    path: '/metrics',
    body: 'a'.repeat(60 * KIB),
  }),
  raw(
    'a body of 4,000 chunks of a byte',
    `POST /products HTTP/1.1\r\nHost: shop\r\n${JSON_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\na\r\n'.repeat(4_000)}0\r\n\r\n`,
    { chunks: 4_000 },
  ),
  raw('a broken chunk', 'POST /products HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
];

/** Every kind of request whose cost is held against that of a hit. */
export const COST_KINDS: readonly CostKind[] = [...READS, ...OTHERS, ...REFUSED, ...BODIES];
