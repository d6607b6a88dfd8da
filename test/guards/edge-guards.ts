import type { Guard } from './guard.ts';

const HARDENING = 'test/e2e/api/hardening.test.ts';
const WRITERS = 'test/e2e/api/writers.test.ts';
const MISSES = 'test/e2e/api/misses.test.ts';
const HTTP = 'libs/http/src';

const sentAhead = (name: string, text: string, without = ''): Guard => ({
  name: `requests that are sent ahead ${name}`,
  file: `${HTTP}/connections/pipelined-requests.js`,
  text,
  without,
  test: 'test/integration/http/pipelined-requests.test.ts',
});

/** The guards of the edge and of writing; docs/security.md tells what each is for. */
export const EDGE_GUARDS: readonly Guard[] = [
  sentAhead('are handled one at a time', 'if (response.socket !== null)', 'if (true)'),
  sentAhead('are read no further while some wait', 'socket.pause();\n        response', 'response'),
  sentAhead('are read no further whatever Node has reason for', 'if (line.waiting > 0) socket.pause();'),
  sentAhead('are read on when none waits', 'if (line.waiting === 0) socket.resume();'),
  sentAhead('leave others their turn', 'setImmediate(()=>', '(f=>f())(()=>'),
  sentAhead('have a bound', 'this.waiting >= MAX_WAITING', 'false'),
  sentAhead('may be a few in any case', 'line.waiting >= ALWAYS_PER_CONNECTION && '),
  sentAhead(
    'count no more when their connection is gone',
    "socket.once('close', ()=>this.count(line, -line.waiting));",
  ),
  {
    name: 'what waits too much is counted when it is closed',
    file: 'apps/api/src/configure-app.js',
    text: ".shed('pipelining')",
    without: '',
    test: 'test/faults/sent-ahead.test.ts',
  },
  {
    name: 'a request names one host',
    file: `${HTTP}/hardening/refuse-odd-requests.js`,
    text: 'if (hosts > 1 || ',
    without: 'if (',
    test: HARDENING,
  },
  {
    name: 'a request names a host',
    file: `${HTTP}/hardening/refuse-odd-requests.js`,
    text: "hosts === 0 && httpVersion !== '1.0'",
    without: 'false',
    test: HARDENING,
  },
  {
    name: 'an address has a bound',
    file: `${HTTP}/hardening/refuse-odd-requests.js`,
    text: 'if (url.length > MAX_URL_BYTES)',
    without: 'if (false)',
    test: HARDENING,
  },
  {
    name: 'headers have a bound',
    file: `${HTTP}/hardening/refuse-odd-requests.js`,
    text: 'if (rawHeaders.length > 2 * MAX_HEADERS)',
    without: 'if (false)',
    test: HARDENING,
  },
  {
    name: 'every answer has the security headers',
    file: `${HTTP}/requests/request-hooks.js`,
    text: 'for (const [name, value] of this.constants.list)reply.header(name, value);',
    without: '',
    test: HARDENING,
  },
  {
    name: 'so has what is written onto a bare socket',
    file: `${HTTP}/problems/client-error.js`,
    text: '...headers.map(',
    without: '...[].map(',
    test: HARDENING,
  },
  {
    name: 'a refusal is not put into the midst of an answer',
    file: `${HTTP}/problems/client-error.js`,
    text: ' || isAnswering',
    without: '',
    test: 'test/integration/http/client-error.test.ts',
  },
  {
    name: 'a known address says which methods it takes',
    file: `${HTTP}/hardening/harden-server.js`,
    text: 'addAllowedMethods(fastify);',
    without: '',
    test: HARDENING,
  },
  {
    name: 'connections have a bound',
    file: `${HTTP}/hardening/harden-server.js`,
    text: 'if (edge.maxConnections > 0)',
    without: 'if (false)',
    test: HARDENING,
  },
  {
    name: 'headers have to come in time',
    file: `${HTTP}/requests/server-options.js`,
    text: 'headersTimeout: edge.headersTimeoutMs,',
    without: '',
    test: HARDENING,
  },
  {
    name: 'a connection on which nothing moves ends',
    file: `${HTTP}/requests/server-options.js`,
    text: 'connectionTimeout: edge.connectionTimeoutMs,',
    without: '',
    test: HARDENING,
  },
  {
    name: 'a connection is kept for so long',
    file: `${HTTP}/requests/server-options.js`,
    text: 'keepAliveTimeout: edge.keepAliveTimeoutMs,',
    without: '',
    test: HARDENING,
  },
  {
    name: 'a body sets no prototype',
    file: `${HTTP}/bodies/parse-json.js`,
    text: 'secureJson.parse(',
    without: 'JSON.parse(',
    test: 'test/unit/http/parse-json.test.ts',
  },
  {
    name: 'without keys nobody writes',
    file: 'libs/auth/src/writer-gate.js',
    text: 'if (this.keys.isEmpty)',
    without: 'if (false)',
    test: WRITERS,
  },
  {
    name: 'credentials come once',
    file: 'libs/auth/src/bearer-token.js',
    text: 'values.length === 1 ?',
    without: 'true ?',
    test: WRITERS,
  },
  {
    name: 'a key expires',
    file: 'libs/auth/src/key-ring.js',
    text: 'this.clock.nowMs() >= expiresAtMs',
    without: 'false',
    test: 'test/unit/auth/key-ring.test.ts',
  },
  {
    name: 'the key is asked for before the body is read',
    file: 'libs/auth/src/writer-hook.js',
    text: 'if (request.routeOptions.config.writeAccess !== true) return done();',
    without: 'return done();',
    test: WRITERS,
  },
  {
    name: 'the key is asked for where the hook is missing',
    file: 'libs/auth/src/writer.guard.js',
    text: 'if (request.writer === undefined) this.gate.admit(request);',
    without: '',
    test: 'test/integration/auth/second-lock.test.ts',
  },
  {
    name: 'every way past memory leads by the gate',
    file: 'libs/cache/src/http/beyond-memory.js',
    text: 'await admit();',
    without: '',
    test: MISSES,
  },
  {
    name: 'no client can say that it is another',
    file: `${HTTP}/requests/server-options.js`,
    text: 'trustProxy: edge.trustedProxies.length > 0 &&',
    without: 'trustProxy: true ||',
    test: MISSES,
  },
  {
    name: 'limits keep a bounded number of counts',
    file: `${HTTP}/limits/per-minute.js`,
    text: 'cache: MAX_COUNTED,',
    without: 'cache: 100 * MAX_COUNTED,',
    test: 'test/unit/http/per-minute.test.ts',
  },
];
