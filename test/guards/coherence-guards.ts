import type { Guard } from './guard.ts';

/** The guards of the outbox and of the relay; docs/coherence.md tells what each is for. */
export const COHERENCE_GUARDS: readonly Guard[] = [
  {
    name: 'an insert that waited for a deletion gets a newer version',
    file: 'libs/db/src/migrations/0002-outbox.js',
    text: 'outbox.version > changed.version',
    without: 'false',
    test: 'test/integration/db/outbox.test.ts',
  },
  {
    name: 'the watermark stays below what may still commit',
    file: 'libs/db/src/outbox/outbox-session.js',
    text: 'pg_snapshot_xmin(',
    without: 'pg_snapshot_xmax(',
    test: 'test/faults/relay.test.ts',
  },
  {
    name: 'a paused leader loses its session',
    file: 'libs/db/src/outbox/outbox-session.js',
    text: 'const IDLE_LIMIT_MS = 1_500;',
    without: 'const IDLE_LIMIT_MS = 0;',
    test: 'test/faults/relay.test.ts',
  },
];
