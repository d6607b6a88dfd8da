import type { Guard } from './guard.ts';

/** The guards of loads from Postgres; docs/caching.md tells what each is for. */
export const LOAD_GUARDS: readonly Guard[] = [
  {
    name: 'a statement is cancelled in Postgres at its deadline',
    file: 'libs/db/src/data-source-options.js',
    text: 'statement_timeout: config.loadTimeoutMs,',
    without: '',
    test: 'test/faults/load-deadline.test.ts',
  },
  {
    name: 'a prepared statement that the server forgot is sent without its name',
    file: 'libs/db/src/pool/lent-connection.js',
    text: 'if (!isForgotten(error)) throw error;',
    without: 'throw error;',
    test: 'test/integration/db/prepared-loads.test.ts',
  },
  {
    name: 'a connection that forgot a prepared statement is replaced',
    file: 'libs/db/src/pool/lent-connection.js',
    text: 'this.forgetful = true;',
    without: '',
    test: 'test/integration/db/prepared-loads.test.ts',
  },
  {
    name: 'keys that are missed together share a statement',
    file: 'libs/db/src/batching/gathering.js',
    text: 'return !rate.isFlash ||',
    without: 'return true ||',
    test: 'test/unit/db/gathering.test.ts',
  },
  {
    name: 'missed keys gather while a statement is under way',
    file: 'libs/db/src/batching/gathering.js',
    text: 'if (statements.count > 0) return false;',
    without: '',
    test: 'test/unit/db/gathering.test.ts',
  },
  {
    name: 'missed keys gather while all places are taken',
    file: 'libs/db/src/batching/gathering.js',
    text: 'if (statements.count >= this.limits.places) return ageMs >= this.limits.maxWaitMs;',
    without: '',
    test: 'test/unit/db/gathering.test.ts',
  },
  {
    name: 'a limit that was shrunk grows back while calls are in good time',
    file: 'libs/resilience/src/adaptive-limit.js',
    text: 'return this.limit < this.options.initial && ',
    without: 'return false && ',
    test: 'test/unit/resilience/adaptive-limit.test.ts',
  },
];
