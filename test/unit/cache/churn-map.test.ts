import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ChurnMap } from '#src/libs/cache/src/tiers/doorkeeper';

const operation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('set' as const), key: fc.nat(40), value: fc.nat() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), key: fc.nat(40) }) },
);

describe('a map of what comes and goes', () => {
  it('holds the entries of a map, also after it was rebuilt', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1_000, maxLength: 2_000 }), (operations) => {
        const [map, model] = [new ChurnMap<number, number>(), new Map<number, number>()];
        for (const each of operations) {
          if (each.do === 'set') [map, model].map((one) => one.set(each.key, each.value));
          if (each.do === 'delete') [map, model].map((one) => one.delete(each.key));
          if (each.do === 'set') assert.equal(map.get(each.key), each.value);
        }
        assert.equal(map.size, model.size);
        assert.deepEqual([...map.values()], [...model.values()]);
      }),
      { numRuns: 50 },
    );
  });

  it('takes as long for many entries as for few: it is not rebuilt for each', () => {
    const map = new ChurnMap<number, number>();
    for (let n = 0; n < 200_000; n += 1) map.set(n, n);
    assert.equal(map.size, 200_000);
    assert.equal(map.get(199_999), 199_999);
  });
});
