import type { Guard } from './guard.ts';

const UNIT = 'test/unit/resilience';

/** The guards against faults and overload; docs/runbook.md tells what an operator sees of them. */
export const RESILIENCE_GUARDS: readonly Guard[] = [
  {
    name: 'nobody waits for the one trial of a breaker',
    file: 'libs/resilience/src/dependency-policy.js',
    text: "if (this.state === 'half-open')",
    without: 'if (false)',
    test: `${UNIT}/dependency-policy.test.ts`,
  },
  {
    name: 'a listener that throws costs no call anything',
    file: 'libs/resilience/src/events.js',
    text: 'catch (error) {',
    without: 'catch (error) { throw error;',
    test: `${UNIT}/dependency-policy.test.ts`,
  },
  {
    name: 'a place is waited for so long and no longer',
    file: 'libs/resilience/src/places.js',
    text: 'over.reject(',
    without: 'void (',
    test: `${UNIT}/places.test.ts`,
  },
  {
    name: 'what was given up in the queue is never called',
    file: 'libs/resilience/src/places.js',
    text: 'waiting.abort();',
    without: '',
    test: `${UNIT}/places.test.ts`,
  },
  {
    name: 'retries have a budget',
    file: 'libs/resilience/src/retry-budget.js',
    text: 'if (this.tokens < 1) return false;',
    without: '',
    test: `${UNIT}/budgeted-retry.test.ts`,
  },
  {
    name: 'a slow source shrinks the limit',
    file: 'libs/resilience/src/adaptive-limit.js',
    text: 'this.limit = Math.max(this.options.min, this.limit * by);',
    without: '',
    test: `${UNIT}/adaptive-limit.test.ts`,
  },
  {
    name: 'a connection that is lost in use does not end the process',
    file: 'libs/db/src/pool/connections.js',
    text: "client.on('error', ()=>undefined);",
    without: '',
    test: 'test/faults/table/postgres.test.ts',
  },
  {
    name: 'a connection that fell silent makes all suspect that are as old',
    file: 'libs/db/src/pool/connections.js',
    text: 'if (broken) this.suspectUntilMs = performance.now();',
    without: '',
    test: 'test/faults/table/postgres.test.ts',
  },
  {
    name: 'a silent connection to Redis is made anew',
    file: 'libs/redis/src/silent-connections.js',
    text: 'node.disconnect(true)',
    without: 'return',
    test: 'test/faults/table/redis.test.ts',
  },
  {
    name: 'loads are limited',
    file: 'libs/resilience/src/adaptive-limit.js',
    text: 'if (this.under >= this.current) return undefined;',
    without: '',
    test: 'test/faults/cold-flash.test.ts',
  },
  {
    name: 'what memory can not answer is refused under pressure',
    file: 'libs/http/src/limits/miss-admission.js',
    text: 'this.pressure.admit();',
    without: '',
    test: 'test/faults/cold-flash.test.ts',
  },
  {
    name: 'writes are refused under pressure',
    file: 'libs/http/src/limits/write-pressure.js',
    text: 'pressure.admit();',
    without: ';',
    test: 'test/faults/cold-flash.test.ts',
  },
  {
    name: 'no read takes longer than its deadline',
    file: 'libs/cache/src/read/read-deadline.js',
    text: 'late.reject(',
    without: 'void (',
    test: 'test/faults/read-deadline.test.ts',
  },
  {
    name: 'a refused client that neither reads nor stops is closed',
    file: 'libs/http/src/problems/client-error.js',
    text: 'setTimeout(()=>socket.destroy(), LINGER_MS).unref();',
    without: '',
    test: 'test/faults/hostile-clients.test.ts',
  },
  {
    name: 'a client that has closed its side is answered',
    file: 'libs/http/src/hardening/harden-server.js',
    text: 'answerHalfClosed(fastify.server);',
    without: '',
    test: 'test/faults/half-closed-clients.test.ts',
  },
];
