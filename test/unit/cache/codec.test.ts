import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeEntry, encodeEntry, FORMAT } from '#src/libs/cache/src/entry/codec';
import { type CacheEntry, etagOf } from '#src/libs/cache/src/entry/entry';
import { encodeTombstone } from '../../support/encode-tombstone.ts';

const KEY = 'product:prod-1';
const entries: fc.Arbitrary<CacheEntry> = fc
  .record({
    version: fc.maxSafeNat(),
    freshForMs: fc.integer({ min: 1, max: 86_400_000 }),
    graceForMs: fc.integer({ min: 0, max: 86_400_000 }),
    loadMs: fc.nat(2_000),
    body: fc.option(fc.uint8Array({ maxLength: 2_000 })),
  })
  .map(({ version, freshForMs, graceForMs, loadMs, body }) => {
    const freshUntilMs = 1_000 + freshForMs;
    const graceUntilMs = freshUntilMs + graceForMs;
    const base = { key: KEY, version, loadedAtMs: 1_000, freshUntilMs, graceUntilMs, loadMs } as const;
    if (body === null) return { state: 'absent', ...base };
    const bytes = Buffer.from(body).toString('latin1');
    return { state: 'present', ...base, etag: etagOf(bytes), body: bytes };
  });

describe('an entry in Redis', () => {
  it('comes back as it went in', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const leftMs = entry.graceUntilMs - entry.loadedAtMs;
        assert.deepEqual(decodeEntry(KEY, encodeEntry(entry), leftMs, entry.loadedAtMs), entry);
      }),
    );
  });

  it('is as old as what is left of its life says, whatever the clocks of two machines say', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 0, max: 1_000_000 }), (entry, readerNowMs) => {
        const lifeMs = entry.graceUntilMs - entry.loadedAtMs;
        const read = decodeEntry(KEY, encodeEntry(entry), lifeMs / 4, readerNowMs);
        assert.equal(read?.graceUntilMs, Math.floor(readerNowMs + lifeMs / 4));
        // Cut to whole milliseconds: older than it is by less than one, and never younger.
        const youngerByMs = read.loadedAtMs - (readerNowMs - lifeMs * 0.75);
        assert.ok(youngerByMs <= 0 && youngerByMs > -1, `${youngerByMs}`);
        assert.equal(read.graceUntilMs - read.freshUntilMs, entry.graceUntilMs - entry.freshUntilMs);
      }),
    );
  });

  it('never gets a longer life than it was given', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const read = decodeEntry(KEY, encodeEntry(entry), Number.MAX_SAFE_INTEGER, 0);
        assert.ok(read !== null && read.graceUntilMs <= entry.graceUntilMs - entry.loadedAtMs);
      }),
    );
  });

  it('is a miss when it is garbage, of another format, or cut short', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (garbage) => {
        assert.equal(decodeEntry(KEY, Buffer.from(garbage), 1_000, 0), null);
      }),
    );
    const good = encodeEntry({
      state: 'absent',
      key: KEY,
      version: 1,
      loadedAtMs: 0,
      freshUntilMs: 1,
      graceUntilMs: 2,
      loadMs: 1,
    });
    const nextFormat = Buffer.from(good);
    nextFormat.writeUInt8(FORMAT + 1, 2);
    assert.equal(decodeEntry(KEY, nextFormat, 1_000, 0), null);
    assert.equal(decodeEntry(KEY, encodeTombstone(1), 1_000, 0), null);
    assert.equal(decodeEntry(KEY, good.subarray(0, good.length - 1), 1_000, 0), null);
  });
});
