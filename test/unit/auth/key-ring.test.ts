import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { AccessConfig } from '#libs/config';
import { KeyRing } from '#src/libs/auth/src/writer-admission';

const NOW_MS = Date.parse('2027-06-01T12:00:00Z');

const keyOf = (id: string, key: string, expiresAtMs: number | null = null) => ({
  id,
  sha256: createHash('sha256').update(key).digest(),
  expiresAtMs,
});

function ringOf(...apiKeys: AccessConfig['apiKeys']): KeyRing {
  return new KeyRing({ apiKeys, writesPerMinute: 0 }, { nowMs: () => NOW_MS });
}

describe('the ring of keys', () => {
  it('is empty where none is configured', () => {
    assert.equal(ringOf().isEmpty, true);
    assert.equal(ringOf(keyOf('shop', 'a')).isEmpty, false);
    assert.deepEqual(ringOf().match('a'), { kind: 'unknown' });
  });

  it('finds the holder of each of several keys, in any order', () => {
    const ring = ringOf(keyOf('first', 'a'), keyOf('second', 'b'), keyOf('third', 'c'));
    for (const [key, id] of [
      ['a', 'first'],
      ['b', 'second'],
      ['c', 'third'],
    ] as const)
      assert.deepEqual(ring.match(key), { kind: 'valid', writer: { id } });
  });

  it('knows neither a part of a key, nor a longer one, nor its hash', () => {
    const key = 'hs_secret';
    const ring = ringOf(keyOf('shop', key));
    const hash = createHash('sha256').update(key).digest('hex');
    for (const guess of ['', 'hs_secre', 'hs_secret ', 'HS_SECRET', 'hs_secrets', hash])
      assert.deepEqual(ring.match(guess), { kind: 'unknown' }, guess);
  });

  it('takes a key until the moment that it expires, and not from then on', () => {
    const ring = ringOf(
      keyOf('ended', 'a', NOW_MS - 1),
      keyOf('ends now', 'b', NOW_MS),
      keyOf('ends next', 'c', NOW_MS + 1),
    );
    assert.deepEqual(ring.match('a'), { kind: 'expired' });
    assert.deepEqual(ring.match('b'), { kind: 'expired' });
    assert.deepEqual(ring.match('c'), { kind: 'valid', writer: { id: 'ends next' } });
  });
});
