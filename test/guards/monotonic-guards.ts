import type { Guard } from './guard.ts';

const test = 'test/integration/cache/monotonic.test.ts';

/** What keeps one process's answers from going back; docs/coherence.md tells what each is for. */
export const MONOTONIC_GUARDS: readonly Guard[] = [
  {
    name: 'a read of the source that no tier could take in is remembered by its version',
    file: 'libs/cache/src/read/cache-reader.js',
    text: 'this.memory.answered(entry);',
    without: '',
    test,
  },
  {
    name: 'a read that no tier could take in is remembered by its version',
    file: 'libs/cache/src/read/fetcher.js',
    text: 'this.memory.answered(read.entry);',
    without: '',
    test,
  },
  {
    name: 'an answer that nobody could verify is remembered by its version',
    file: 'libs/cache/src/read/last-resort.js',
    text: 'this.memory.answered(found.entry);',
    without: '',
    test,
  },
  {
    name: 'a newer fill overtakes what began before it',
    file: 'libs/cache/src/tiers/memory-tier.js',
    text: 'if (rank > floor) this.fence.cancel(key, token);',
    without: '',
    test: 'test/unit/cache/memory-trust.test.ts',
  },
  {
    name: 'that there is no such thing comes after the state of the same version',
    file: 'libs/cache/src/entry/rank-of.js',
    text: 'version + AFTER_ITS_VERSION',
    without: 'version',
    test,
  },
  {
    name: 'what Redis holds is of the past where it was said that there is no such thing',
    file: 'libs/cache/src/read/fetcher.js',
    text: "found.kind === 'hit' && this.isOfThePast(found)",
    without: 'false',
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
