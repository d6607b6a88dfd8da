import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeGrowth, type Growth, isGrown } from '../../soak/growth.ts';

const FLAT: Growth = { pid: 7, rssMib: [200, 219], heapMib: [80, 70], descriptors: [32, 42] };

describe('what a process holds', () => {
  it('is flat within a tenth, with as many more connections as the pool may open, and when it has shrunk', () => {
    assert.equal(isGrown(FLAT), false);
    assert.equal(
      describeGrowth(FLAT),
      'process 7: resident 200.0 to 219.0 MiB (+9.5 %), heap 80.0 to 70.0 MiB (-12.5 %), descriptors 32 to 42 (+31.3 %): flat\n',
    );
  });

  for (const grown of [{ rssMib: [200, 221] }, { heapMib: [80, 89] }, { descriptors: [32, 43] }] as const)
    it(`has grown where it is more: ${JSON.stringify(grown)}`, () => {
      assert.equal(isGrown({ ...FLAT, ...grown }), true);
      assert.match(describeGrowth({ ...FLAT, ...grown }), /: grown\n$/);
    });
});
