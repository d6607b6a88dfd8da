import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SharedRendering } from '#libs/metrics';

const PER_SECOND = 10;

function counted() {
  let now = 0;
  let rendered = 0;
  const shared = new SharedRendering(
    async () => {
      rendered += 1;
      return rendered;
    },
    () => now,
  );
  return {
    get: () => shared.get(),
    wait: (ms: number) => {
      now += ms;
    },
    rendered: () => rendered,
  };
}

describe('a shared rendering', () => {
  it('is one for all requests that come while it is made', async () => {
    const { get, rendered } = counted();
    await Promise.all(Array.from({ length: 50 }, get));
    assert.equal(rendered(), 1);
  });

  it('is a new one for each of a few requests', async () => {
    const { get, wait } = counted();
    for (let n = 1; n <= 100; n += 1) {
      assert.equal(await get(), n);
      wait(100);
    }
  });

  it('is made 10 times per second at most under a flood, and is then at most 100 ms old', async () => {
    const { get, wait, rendered } = counted();
    for (let ms = 0; ms < 10_000; ms += 1) {
      const before = rendered();
      await get();
      if (before === rendered()) assert.ok(before > 0);
      wait(1);
    }
    assert.ok(rendered() <= 11 * PER_SECOND, `rendered ${rendered()} times in 10 s`);
    assert.ok(rendered() >= 10 * PER_SECOND, `rendered ${rendered()} times in 10 s`);
    const last = await get();
    wait(100);
    assert.equal(await get(), last + 1);
  });

  it('is tried again after a failure, which those that waited share', async () => {
    let calls = 0;
    const shared = new SharedRendering(async () => {
      calls += 1;
      if (calls === 1) throw new Error('no page');
      return calls;
    });
    const [one, other] = await Promise.allSettled([shared.get(), shared.get()]);
    assert.deepEqual([one.status, other.status], ['rejected', 'rejected']);
    assert.equal(await shared.get(), 2);
  });
});
