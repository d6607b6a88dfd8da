import type { Random } from '../../coherence/random.ts';
import { type RequestParts, requestBytes } from './request-bytes.ts';

const IDS = [
  'prod-1',
  'prod-2',
  'prod-39',
  'prod-99999',
  '-',
  '.',
  '..',
  'a}b',
  '{a}',
  'a%00b',
  '%2e%2e%2fetc',
  'x'.repeat(64),
  'x'.repeat(65),
  'x'.repeat(4_000),
  '%',
  '%E0%A4%A',
  '%F0%9F%92%A9',
  'prod-1;a=b',
  'prod%2D1',
  'prod-1%0d%0aX: y',
  '__proto__',
  'constructor',
  'prod-1/',
  'prod-1//',
  "'; DROP TABLE products; --",
  'a\\b',
  '*',
  '\x7f',
  'é',
] as const;

const CURSORS = [
  'nonsense',
  '',
  'A',
  'AAAAAAA',
  'AQAAAAA',
  'AQAAAABw',
  '=',
  'AQ==',
  '-_-_',
  'x'.repeat(3_000),
  '%00',
  '%ff%fe',
  '😀',
] as const;

const PATHS = [
  '/',
  '/products',
  '/products/',
  '/categories/cat-test',
  '/categories/none',
  '/health',
  '/health/live',
  '/health/ready',
  '/health/',
  '/metrics',
  '/docs',
  '/docs/',
  '/docs/start.js',
  '/docs/nothing',
  '/docs-json',
  '/nowhere',
  '//',
  '/products/prod-1/stock',
  '/products/prod-1/nothing',
  '/../products/prod-1',
  '/./products/prod-1',
  '/products/../health',
  '*',
  'http://shop/products/prod-1',
  'http://other:80/products/prod-1?x',
  '/products/prod-1#f',
  '/favicon.ico',
  '/PRODUCTS/prod-1',
] as const;

const QUERIES = [
  '',
  '?',
  '?&',
  '?=',
  '?a',
  '?a=b',
  '?limit=1',
  '?limit=100',
  '?limit=101',
  '?limit=0',
  '?limit=-1',
  '?limit=1e2',
  '?limit=1&limit=2',
  '?category=cat-test',
  '?category=cat-test&limit=3',
  '?category=none',
  '?category=',
  '?category[]=a',
  '?ids=',
  '?ids=,',
  '?ids=prod-1',
  '?ids=prod-1,prod-1,nope',
  '?ids=prod-1&ids=prod-2',
  '?ids=prod-1&limit=2',
  '?ids[0]=a',
  `?ids=${'a,'.repeat(150)}`,
  '?__proto__=1',
  '?toString=1',
  '?%',
  '?%00',
  `?${'a&'.repeat(127)}`,
  `?${'a&'.repeat(200)}`,
  `?${'q'.repeat(11_000)}`,
  `?${'q'.repeat(12_500)}`,
] as const;

type Header = readonly [name: string, value: string];

const HEADERS: readonly Header[] = [
  ['If-None-Match', '*'],
  ['If-None-Match', '"a"'],
  ['If-None-Match', 'W/"a", "b"'],
  ['If-None-Match', '"'],
  ['If-None-Match', ','],
  ['If-None-Match', '"a",'.repeat(2_000)],
  ['If-Match', '*'],
  ['If-Match', '"none"'],
  ['If-Modified-Since', 'Sat, 29 Oct 1994 19:43:31 GMT'],
  ['Cache-Control', 'no-cache'],
  ['Cache-Control', 'max-age=0'],
  ['Cache-Control', 'no-cache="x", foo=",'],
  ['Cache-Control', ',,,'],
  ['Pragma', 'no-cache'],
  ['Range', 'bytes=0-3'],
  ['Range', 'bytes=99999-'],
  ['Accept', 'text/html'],
  ['Accept', 'application/xml;q=0'],
  ['Accept-Encoding', 'gzip'],
  ['Accept-Encoding', 'br, gzip;q=0'],
  ['Accept-Encoding', '*;q=0'],
  ['Accept-Encoding', 'identity;q=0,;,=,'],
  ['X-Request-ID', 'abc'],
  ['X-Request-ID', 'a b'],
  ['X-Request-ID', 'x'.repeat(300)],
  ['X-Request-ID', 'é'],
  ['X-Request-ID', ''],
  ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ['traceparent', '00-0-0-0'],
  ['traceparent', 'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ['traceparent', 'cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what'],
  ['tracestate', 'a=b,'.repeat(50)],
  ['Origin', 'https://evil.example'],
  ['Origin', 'null'],
  ['Access-Control-Request-Method', 'DELETE'],
  ['Cookie', 'a=b; '.repeat(300)],
  ['X-Forwarded-For', '1.2.3.4'],
  ['X-Forwarded-For', 'x, '.repeat(500)],
  ['Forwarded', 'for="_x"'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['Expect', '100-continue'],
  ['Expect', 'nonsense'],
  ['Upgrade', 'websocket'],
  ['Upgrade', 'h2c'],
  ['Connection', 'close'],
  ['Connection', 'keep-alive'],
  ['Connection', 'Upgrade'],
  ['Connection', 'close, x'],
  ['TE', 'trailers'],
  ['Trailer', 'x'],
  ['Host', 'second'],
  ['Keep-Alive', 'timeout=1000'],
  ['Content-Type', 'application/json'],
  ['Content-Type', 'text/plain'],
  ['Content-Encoding', 'gzip'],
  ['Content-Length', '0'],
  ['Content-Length', '+1'],
  ['Content-Length', '1, 1'],
  ['Transfer-Encoding', 'identity'],
  ['Transfer-Encoding', 'gzip, chunked'],
  ['Idempotency-Key', 'a'],
  ['Idempotency-Key', '"'],
  ['Authorization', 'Bearer wrong'],
  ['Authorization', 'Basic OnB3'],
  ['Authorization', 'Bearer'],
  ['X-Null', 'a\u0000b'],
  ['X-High', '\u00ff\u00fe'],
  ['X-Tab', '\ta\t'],
  ['X Bad', 'name'],
  ['', 'empty name'],
  ['X-Big', 'x'.repeat(9_000)],
  ['X-Too-Big', 'x'.repeat(17_000)],
];

const BODIES = [
  null,
  null,
  '',
  '{}',
  '{',
  '[]',
  'null',
  '1',
  '"a"',
  '{"name":"a"}',
  '{"name":"a","price":1.5,"stock":1}',
  '{"__proto__":{}}',
  '{"a":1,"a":2}',
  '\ufeff{}',
  '{"delta":-1}',
  '{"delta":1e400}',
  `[1.${'0'.repeat(20_000)}1]`,
  '['.repeat(20_000),
  `{"name":"${'a'.repeat(60_000)}"}`,
  'a'.repeat(65_537),
  '\u0000',
  '{"price":1.005}',
  '{"name":"\\ud800"}',
] as const;

const METHODS = [
  'GET',
  'GET',
  'GET',
  'GET',
  'HEAD',
  'HEAD',
  'OPTIONS',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'TRACE',
  'PROPFIND',
  'QUERY',
  'get',
  'XYZ',
] as const;

/** A request without a key that is whole, for what exists, what does not and what cannot. */
export function hostileRequest(random: Random): { readonly method: string; readonly bytes: Buffer } {
  const parts = hostileParts(random);
  return { method: parts.method, bytes: requestBytes(parts) };
}

/** One that is answered from memory. */
export function plainRequest(random: Random): { readonly method: string; readonly bytes: Buffer } {
  const method = random.pick(['GET', 'GET', 'GET', 'HEAD']);
  const target = random.pick([
    '/products/prod-1',
    '/products/prod-2',
    '/products/prod-3',
    '/products/nope',
    '/categories/cat-test',
  ]);
  return {
    method,
    bytes: requestBytes({
      method,
      target,
      headers: random.next() < 0.2 ? [random.pick(HEADERS.slice(0, 4))] : [],
    }),
  };
}

function hostileParts(random: Random): RequestParts {
  const method = random.pick(METHODS);
  const headers: Header[] = [];
  while (random.next() < 0.45) headers.push(random.pick(HEADERS));
  const body = method === 'GET' && random.next() < 0.9 ? null : random.pick<string | null>(BODIES);
  return { method, target: targetOf(random), headers, ...(body !== null && { body }) };
}

function targetOf(random: Random): string {
  const kind = random.next();
  if (kind < 0.45) return `/products/${random.pick(IDS)}${random.next() < 0.3 ? random.pick(QUERIES) : ''}`;
  if (kind < 0.6)
    return `/products?category=cat-test&cursor=${random.pick(CURSORS)}${random.next() < 0.3 ? '&limit=2' : ''}`;
  if (kind < 0.75)
    return `/products?ids=${Array.from({ length: 1 + Math.floor(random.next() * 6) }, () => random.pick(IDS.slice(0, 12))).join(',')}`;
  const [path, query] = [random.pick(PATHS), random.pick(QUERIES)];
  // The list of categories and a page of all products change with what another lane writes.
  if (!path.startsWith('/products') || /category|ids/.test(query)) return `${path}${query}`;
  return `${path}?category=cat-test&${query.slice(1)}`;
}
