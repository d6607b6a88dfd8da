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
    name: 'keys that are missed together share a statement',
    file: 'libs/db/src/batching/gather-window.js',
    text: 'return Math.min(LONG_MS, Math.max(SHORT_MS, neededMs));',
    without: 'return SHORT_MS;',
    test: 'test/unit/db/gather-window.test.ts',
  },
];
