import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readConfig } from '#libs/config';
import type { CacheEntry, CacheKey } from '#src/libs/cache/src/entry/entry';
import { costBytes } from '#src/libs/cache/src/tiers/l1-slots';
import { FakeClock } from '../../support/fake-clock.ts';
import { createL1 } from '../../support/l1.ts';

const { cache: config } = readConfig({ DATABASE_URL: 'postgres://x/x', CACHE_L1_MAX_BYTES: '64KiB' });

const entry = fc.record({ id: fc.nat(60), bodyBytes: fc.nat(12_000), version: fc.nat(5) });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('fill' as const, 'put' as const), entry }) },
  fc.record({ do: fc.constant('get' as const), entry }),
  fc.record({ do: fc.constant('invalidate' as const), entry }),
  fc.record({ do: fc.constant('wait' as const), entry }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const keyOf = (id: number): CacheKey => `product:${id}`;

class BoundedL1 {
  readonly clock = new FakeClock();
  readonly tier = createL1(config, this.clock).l1;

  async play(each: Step): Promise<void> {
    const key = keyOf(each.entry.id);
    const made = this.make(each);
    if (each.do === 'put') this.tier.changed(key, made.version);
    if (each.do === 'fill' || each.do === 'put')
      await this.tier.filling(key, async (token) => this.tier.fill(made, token, 'origin'));
    else if (each.do === 'get') this.tier.get(key);
    else if (each.do === 'invalidate') this.tier.changed(key, each.entry.version);
    else this.clock.advance(each.entry.bodyBytes);
  }

  /** What is there, added up one by one. */
  sum(): { bytes: number; count: number } {
    let [bytes, count] = [0, 0];
    for (let id = 0; id <= 60; id += 1) {
      const found = this.tier.get(keyOf(id));
      if (found.kind === 'none') continue;
      bytes += costBytes({ entry: found.entry }, keyOf(id));
      count += 1;
    }
    return { bytes, count };
  }

  private make({ entry: { id, bodyBytes, version } }: Step): CacheEntry {
    const loadedAtMs = this.clock.nowMs();
    const times = {
      loadedAtMs,
      freshUntilMs: loadedAtMs + 20_000,
      graceUntilMs: loadedAtMs + 40_000,
      loadMs: 1,
    };
    return { state: 'present', key: keyOf(id), version, etag: '""', body: 'x'.repeat(bodyBytes), ...times };
  }
}

describe('the bound of L1', () => {
  it('holds after every fill, change, read and invalidation, and counts what is there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120 }), async (steps) => {
        const l1 = new BoundedL1();
        for (const each of steps) {
          await l1.play(each);
          assert.ok(l1.tier.bytes <= config.l1MaxBytes);
        }
        const { bytes, count } = l1.sum();
        assert.deepEqual([l1.tier.bytes, l1.tier.count], [bytes, count]);
        assert.equal(l1.tier.fillsUnderWay, 0);
      }),
    );
  });

  it('does not take one entry of more than an eighth of it, and drops the one it was to replace', async () => {
    const l1 = new BoundedL1();
    await l1.play({ do: 'put', entry: { id: 1, bodyBytes: 10, version: 1 } });
    await l1.play({ do: 'put', entry: { id: 1, bodyBytes: 8_192, version: 2 } });
    assert.deepEqual(l1.sum(), { bytes: 0, count: 0 });
  });
});
