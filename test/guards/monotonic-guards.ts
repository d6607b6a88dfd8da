import type { Guard } from './guard.ts';

const test = 'test/integration/cache/monotonic.test.ts';

/** What keeps one process's answers from going back; docs/coherence.md tells what each is for. */
export const MONOTONIC_GUARDS: readonly Guard[] = [
  {
    name: 'a read of the source that no tier could take in is remembered by its version',
    file: 'libs/cache/src/read/cache-reader.js',
    text: 'this.memory.answered(key, entry.version);',
    without: '',
    test,
  },
  {
    name: 'a read that no tier could take in is remembered by its version',
    file: 'libs/cache/src/read/fetcher.js',
    text: 'this.memory.answered(key, read.entry.version);',
    without: '',
    test,
  },
  {
    name: 'an answer that nobody could verify is remembered by its version',
    file: 'libs/cache/src/read/last-resort.js',
    text: 'this.memory.answered(key, found.entry.version);',
    without: '',
    test,
  },
  {
    name: 'a newer fill overtakes what began before it',
    file: 'libs/cache/src/tiers/memory-tier.js',
    text: 'if (entry.version > floor) this.fence.cancel(key, token);',
    without: '',
    test,
  },
  {
    name: 'nobody joins a read that is of before what they may be told',
    file: 'libs/cache/src/read/cache-reader.js',
    text: 'this.trust.trusts(begun, nowMs)',
    without: 'true',
    test: 'test/integration/cache/joining.test.ts',
  },
];
