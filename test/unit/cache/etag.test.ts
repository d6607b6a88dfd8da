import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { etagOf } from '#src/libs/cache/src/entry/entry';

describe('an entity tag', () => {
  it('is the same for the same bytes in every release: clients keep it', () => {
    assert.equal(etagOf('{"id":"prod-1"}'), '"5-dEqc7_zbV4UxaaUTGcWk"');
  });

  it('is another one for other bytes, and does not change when another is made', () => {
    const first = etagOf('a');
    assert.notEqual(etagOf('b'), first);
    assert.equal(first, etagOf('a'));
  });
});
