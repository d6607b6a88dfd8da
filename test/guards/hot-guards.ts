import type { Guard } from './guard.ts';

const HOT = 'libs/cache/src/http/hot';
const ROUTES = 'test/unit/cache/hot-routes.test.ts';
const SLOTS = 'test/unit/cache/hot-slot.test.ts';
const SOCKETS = 'test/e2e/api/fast-path-sockets.test.ts';
const UNHEARD = 'test/faults/unheard-source.test.ts';
const LINES = 'test/e2e/api/request-log.test.ts';

const header = (name: string, text: string): Guard => ({
  name: `fast path: ${name} goes to the router`,
  file: `${HOT}/is-plain-request.js`,
  text,
  without: '',
  test: SOCKETS,
});

const slot = (name: string, text: string): Guard => ({
  name: `fast path: ${name} is not answered`,
  file: 'libs/cache/src/tiers/memory-tier.js',
  text,
  without: '',
  test: SLOTS,
});

const head = (name: string, text: string, without = ''): Guard => ({
  name: `fast path: a ready head is not used ${name}`,
  file: `${HOT}/ready-heads.js`,
  text,
  without,
  test: 'test/unit/cache/ready-heads.test.ts',
});

/** The guards of what is answered ahead of the router, and of what is told of it; docs/hot-path.md tells what each is for. */
export const HOT_GUARDS: readonly Guard[] = [
  {
    name: 'fast path: what could be verified when it was told last may not be any more',
    file: 'libs/cache/src/entry/hit-head.js',
    text: ' && verified === this.verified',
    without: '',
    test: 'test/unit/cache/hit-head.test.ts',
  },
  {
    name: 'fast path: what nobody could verify is told as stale',
    file: `${HOT}/hot-path.js`,
    text: 'const verified = this.memory.isVerified(slot, early.arrivedAtMs);',
    without: 'const verified = true;',
    test: UNHEARD,
  },
  header('an upgrade', 'headers.upgrade === undefined && '),
  header('an expectation', 'headers.expect === undefined && '),
  header('a body', "headers['content-length'] === undefined && "),
  header('a body in chunks', "headers['transfer-encoding'] === undefined && "),
  header('no-cache', " && !asksForSource(headers['cache-control'])"),
  header('a HEAD with a condition', " && headers['if-none-match'] === undefined"),
  {
    ...header('another method', ''),
    text: "(method === 'GET' || method === 'HEAD' && headers['if-none-match'] === undefined)",
    without: 'true',
  },
  {
    ...slot('what something happened to', 'slot.suspect || !isPresent(slot)'),
    without: '!isPresent(slot)',
  },
  slot('what is not there', ' || !isPresent(slot)'),
  slot('what is near its end, or stale', 'mayRefreshEarly(slot.entry, nowMs) || '),
  {
    ...slot('what is not trusted', 'mayRefreshEarly(slot.entry, nowMs) || !this.trust.trusts(slot, nowMs)'),
    without: 'mayRefreshEarly(slot.entry, nowMs)',
  },
  {
    name: 'fast path: an address that can be read in two ways has no key',
    file: `${HOT}/hot-route.js`,
    text: 'PLAIN.test(value) ?',
    without: 'true ?',
    test: ROUTES,
  },
  {
    name: 'fast path: a group is part of the key',
    file: `${HOT}/hot-route.js`,
    text: ' || options.group !== undefined',
    without: '',
    test: ROUTES,
  },
  {
    name: 'fast path: nothing behind a guard',
    file: `${HOT}/hot-routes.js`,
    text: 'else if (!isGuarded(context))',
    without: 'else',
    test: ROUTES,
  },
  {
    name: 'fast path: nothing that stands for two methods',
    file: `${HOT}/hot-routes.js`,
    text: 'if (known !== undefined) this.list',
    without: 'if (false) this.list',
    test: ROUTES,
  },
  head('after its second', 'told.nowMs >= this.untilMs', 'this.untilMs < 0'),
  head('where a trace is to be named', ' || told.trace !== null'),
  head('on a connection that ends', 'response.shouldKeepAlive && '),
  head('for the last request of a connection', 'response.maxRequestsOnConnectionReached !== true && '),
  head('where somebody said how the connection goes on', " && !response.hasHeader('connection')"),
  head('on a Node that composes otherwise', ' || !composed.startsWith(own)'),
  {
    name: 'fast path: the seconds of a head run out',
    file: 'libs/cache/src/entry/hit-head.js',
    text: 'if (nowMs < this.untilMs && ',
    without: 'if (this.age && ',
    test: 'test/unit/cache/hit-head.test.ts',
  },
  {
    name: 'fast path: a stopping server sends its clients away',
    file: 'libs/http/src/connections/connection-drain.js',
    text: "response.setHeader('connection', 'close');",
    without: '',
    test: SOCKETS,
  },
  {
    name: 'fast path: the hits since the last scrape are handed over',
    file: 'libs/metrics/src/prom/pending-count.js',
    text: 'this.count = 0;\n        return',
    without: 'return',
    test: 'test/unit/metrics/bound-histogram.test.ts',
  },
  {
    name: 'log: what is batched is written at the end',
    file: 'libs/logging/src/log-stream.js',
    text: 'stream.flushSync()',
    without: 'undefined',
    test: 'test/integration/logging/log-stream.test.ts',
  },
  {
    name: 'log: an error of ours always gets a line',
    file: 'libs/http/src/requests/is-logged.js',
    text: 'status >= 500 || ',
    without: '',
    test: LINES,
  },
  {
    name: 'log: a slow request always gets a line',
    file: 'libs/http/src/requests/is-logged.js',
    text: 'ms >= slowMs || ',
    without: '',
    test: LINES,
  },
  {
    name: 'log: a request that is bound already is named once',
    file: 'libs/logging/src/request-context.js',
    text: 'if (current.getStore() === undefined)',
    without: 'if (true)',
    test: 'test/unit/logging/request-context.test.ts',
  },
];
