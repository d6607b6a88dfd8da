import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { profileTable, summaryOf } from '../../bench/profile/cpu-profile.ts';

const node = (id: number, functionName: string, url = '') => ({
  id,
  callFrame: { functionName, url, lineNumber: 6 },
});

const PROFILE = {
  nodes: [
    node(1, '(idle)'),
    node(2, '(garbage collector)'),
    node(3, 'read', 'file:///srv/dist/libs/cache/src/read.js'),
    node(4, 'read', 'file:///srv/dist/libs/cache/src/read.js'),
    node(5, 'send', 'file:///srv/node_modules/@nestjs/core/router.js'),
    node(6, 'write', 'node:internal/streams/writable'),
    node(7, 'post', 'node:inspector'),
  ],
  samples: [1, 2, 3, 4, 5, 6, 1, 7],
  timeDeltas: [1_000, 10, 20, 30, 5, 35, 1_000, 900],
};

describe('a summary of a CPU profile', () => {
  it('has self times by group and by function, the dearest first, without idle time and the profile’s own', () => {
    const { busyMicros, groups, functions } = summaryOf(PROFILE);
    assert.equal(busyMicros, 100);
    assert.deepEqual(
      groups.map(({ name, micros, share }) => [name, micros, share]),
      [
        ['libs/cache', 50, 0.5],
        ['Node: internal/streams', 35, 0.35],
        ['garbage collection', 10, 0.1],
        ['@nestjs/core', 5, 0.05],
      ],
    );
    assert.equal(functions[0]?.name, 'read src/read.js:7');
  });

  it('is a table of microseconds a request', () => {
    assert.match(
      profileTable('Hit', summaryOf(PROFILE), 10),
      /^### Hit: 10\.0 µs a request[\s\S]*\| libs\/cache \| 5\.00 \| 50\.0 % \|/,
    );
  });
});
