import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeEntry, encodeEntry } from '#src/libs/cache/src/entry/codec';
import type { CacheEntry } from '#src/libs/cache/src/entry/entry';
import { etagOf } from '#src/libs/cache/src/entry/etag';

const KEY = 'product:prod-1';
const entries: fc.Arbitrary<CacheEntry> = fc
  .record({
    version: fc.maxSafeNat(),
    freshForMs: fc.integer({ min: 1, max: 86_400_000 }),
    body: fc.option(fc.uint8Array({ maxLength: 2_000 })),
  })
  .map(({ version, freshForMs, body }) => {
    const base = { key: KEY, version, loadedAtMs: 1_000, freshUntilMs: 1_000 + freshForMs } as const;
    if (body === null) return { state: 'absent', ...base };
    return { state: 'present', ...base, etag: etagOf(Buffer.from(body)), body: Buffer.from(body) };
  });

describe('an entry in Redis', () => {
  it('comes back as it went in', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const leftMs = entry.freshUntilMs - entry.loadedAtMs;
        assert.deepEqual(decodeEntry(KEY, encodeEntry(entry), leftMs, entry.loadedAtMs), entry);
      }),
    );
  });

  it('is as old as what is left of its life says, whatever the clocks of two machines say', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 0, max: 1_000_000 }), (entry, readerNowMs) => {
        const freshForMs = entry.freshUntilMs - entry.loadedAtMs;
        const leftMs = freshForMs / 4;
        const read = decodeEntry(KEY, encodeEntry(entry), leftMs, readerNowMs);
        assert.equal(read?.freshUntilMs, readerNowMs + leftMs);
        assert.ok(Math.abs(readerNowMs - read.loadedAtMs - freshForMs * 0.75) < 1e-3);
      }),
    );
  });

  it('never gets a longer life than it was given', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const read = decodeEntry(KEY, encodeEntry(entry), Number.MAX_SAFE_INTEGER, 0);
        assert.ok(read !== null && read.freshUntilMs <= entry.freshUntilMs - entry.loadedAtMs);
      }),
    );
  });

  it('keeps no window on the buffer that it was read from', () => {
    const bytes = encodeEntry({
      state: 'present',
      key: KEY,
      version: 1,
      loadedAtMs: 0,
      freshUntilMs: 1,
      etag: '"x"',
      body: Buffer.from('{}'),
    });
    const socketRead = Buffer.concat([bytes, Buffer.alloc(65_536)]).subarray(0, bytes.length);
    const read = decodeEntry(KEY, socketRead, 1, 0);
    assert.equal(read?.state === 'present' && read.body.buffer.byteLength, 2);
  });

  it('is a miss when it is garbage, of another format, or cut short', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (garbage) => {
        assert.equal(decodeEntry(KEY, Buffer.from(garbage), 1_000, 0), null);
      }),
    );
    const good = encodeEntry({ state: 'absent', key: KEY, version: 1, loadedAtMs: 0, freshUntilMs: 1 });
    const nextFormat = Buffer.from(good);
    nextFormat.writeUInt8(2, 2);
    assert.equal(decodeEntry(KEY, nextFormat, 1_000, 0), null);
    assert.equal(decodeEntry(KEY, good.subarray(0, good.length - 1), 1_000, 0), null);
  });
});
