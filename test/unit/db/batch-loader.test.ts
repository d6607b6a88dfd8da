import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { BatchLoader } from '#src/libs/db/src/batch-loader';

const LIMITS = { places: 4, maxWaitMs: 250 };

describe('a batch of loads', () => {
  let batches: (readonly string[])[];
  let failing: boolean;
  let loader: BatchLoader<string>;

  beforeEach(() => {
    batches = [];
    failing = false;
    loader = new BatchLoader(async (keys) => {
      batches.push(keys);
      if (failing) throw new Error('away');
      return new Map(keys.filter((key) => !key.startsWith('no-')).map((key) => [key, `row ${key}`]));
    }, LIMITS);
  });

  const loadAll = (keys: readonly string[]) => Promise.all(keys.map((key) => loader.load(key)));

  it('asks once for the keys of the same moment, each once, and gives everyone their own row', async () => {
    assert.deepEqual(await loadAll(['a', 'b', 'a']), ['row a', 'row b', 'row a']);
    assert.deepEqual(batches, [['a', 'b']]);
  });

  it('gives nothing for a row that is not there', async () => {
    assert.deepEqual(await loadAll(['no-1', 'b']), [undefined, 'row b']);
  });

  it('fails every load that it was made for, and none that comes later', async () => {
    failing = true;
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((key) => loader.load(key)));
    assert.ok(outcomes.every((each) => each.status === 'rejected' && /away/.test(String(each.reason))));
    assert.equal(batches.length, 1);
    failing = false;
    assert.equal(await loader.load('a'), 'row a');
  });

  it('remembers nothing', async () => {
    await loader.load('a');
    await loader.load('a');
    assert.equal(batches.length, 2);
  });

  it('asks for 500 keys at a time, and for all', async () => {
    const keys = Array.from({ length: 1_201 }, (_, n) => `key-${n}`);
    assert.deepEqual(
      await loadAll(keys),
      keys.map((key) => `row ${key}`),
    );
    assert.equal(batches.length, 3);
    assert.ok(batches.every((batch) => batch.length <= 500));
  });
});
