import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readConfig } from '#libs/config';
import { decodeEntry, encodeEntry } from '#src/libs/cache/src/entry/codec';
import { type CacheKey, EntryMaker, MonotonicClock } from '#src/libs/cache/src/entry/entry';
import { HitHead } from '#src/libs/cache-http/src/hot/hot-answer';

import { createL1 } from '../../support/l1.ts';

const ENTRIES = 20_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

describe('what an entry is charged', () => {
  it('covers all of the heap that it holds, with the head of one that is answered from', async () => {
    const { cache: config } = readConfig({ DATABASE_URL: 'postgres://x/x' });
    const clock = new MonotonicClock();
    const { l1 } = createL1(config, clock);
    const maker = new EntryMaker(clock, config);
    const before = heapBytes();
    for (let n = 0; n < ENTRIES; n += 1) {
      const key: CacheKey = `product:${`/products/prod-${n}`.slice(10)}`;
      const loaded = { state: 'present', version: 1 + n, body: bodyOf(n) } as const;
      const made = maker.make(key, { loaded, startedAtMs: clock.nowMs(), floorVersion: 0 });
      const entry = decodeEntry(key, encodeEntry(made), 1e9, clock.nowMs());
      assert.ok(entry);
      await l1.filling(key, async (token) => l1.fill(entry, token, 'origin'));
      const slot = l1.hot(key, clock.nowMs());
      assert.ok(slot);
      const head = new HitHead();
      head.update(clock.nowMs(), slot.entry, true);
      slot.attachment = head;
    }
    const held = heapBytes() - before;
    assert.equal(l1.count, ENTRIES);
    assert.ok(held <= l1.bytes, `${held / ENTRIES} bytes an entry, charged ${l1.bytes / ENTRIES}`);
  });
});

function bodyOf(n: number): string {
  const body = {
    id: `prod-${n}`,
    name: `Product ${n}`,
    price: 0.99,
    stock: n,
    last_updated: 1.25,
    category: null,
  };
  return Buffer.from(JSON.stringify(body)).toString('latin1');
}
