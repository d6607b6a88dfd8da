import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { etagOf } from '#src/libs/cache/src/entry/entry';
import type { CacheRead } from '#src/libs/cache/src/read/cache-reader';
import { compose, itemsBody } from '#src/libs/cache-http/src/collection/collection-reader';

function part(
  servedFrom: CacheRead['servedFrom'],
  [loadedAtMs, freshUntilMs]: [number, number],
  verified = true,
): CacheRead {
  const times = { loadedAtMs, freshUntilMs, graceUntilMs: freshUntilMs + 1_000, loadMs: 1 };
  const entry = {
    state: 'present',
    key: 'product:x',
    version: 1,
    etag: '"x"',
    body: '{}',
    ...times,
  } as const;
  return { servedFrom, entry, verified };
}

describe('an answer that is composed of several', () => {
  it('is as old as the oldest part and fresh as long as the first to end', () => {
    const { entry } = compose([part('l1', [50, 900]), part('l1', [10, 950])], '{}');
    assert.deepEqual([entry.loadedAtMs, entry.freshUntilMs, entry.graceUntilMs], [10, 900, 1_900]);
  });

  it('comes from the furthest tier that was needed', () => {
    const of = (...sources: CacheRead['servedFrom'][]) =>
      compose(
        sources.map((servedFrom) => part(servedFrom, [0, 1])),
        '{}',
      ).servedFrom;
    assert.equal(of('l1', 'l1'), 'l1');
    assert.equal(of('l1', 'l2', 'l1'), 'l2');
    assert.equal(of('origin', 'l2', 'l1'), 'origin');
  });

  it('is verified if every part is', () => {
    assert.equal(compose([part('l1', [0, 1]), part('l1', [0, 1])], '{}').verified, true);
    assert.equal(compose([part('l1', [0, 1]), part('l2', [0, 1], false)], '{}').verified, false);
  });

  it('has the entity tag of its own bytes', () => {
    const body = itemsBody(['{"a":1}'], {});
    const { entry } = compose([part('l1', [0, 1])], body);
    assert.equal(entry.state === 'present' && entry.etag, etagOf(body));
  });
});

describe('the bytes of a composed answer', () => {
  it('are the bytes of its items, as they are, with the rest behind them', () => {
    assert.equal(itemsBody(['{"a": 1}', 'null'], { next: null }), '{"items":[{"a": 1},null],"next":null}');
    assert.equal(itemsBody([], { missing: [] }), '{"items":[],"missing":[]}');
    assert.equal(itemsBody(['1'], {}), '{"items":[1]}');
  });

  it('are UTF-8, a byte a character', () => {
    const bytes = Buffer.from(itemsBody([], { name: 'é日' }), 'latin1');
    assert.deepEqual(JSON.parse(bytes.toString()), { items: [], name: 'é日' });
  });
});
