import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import { checkKeyFlags, makeKey } from '#src/apps/local/src/key';

describe('the flags of npm run key', () => {
  it('name the key, and how long it is valid', () => {
    assert.deepEqual(checkKeyFlags({ id: 'shop', days: '90' }), { id: 'shop', days: 90 });
    assert.deepEqual(checkKeyFlags({ id: 'shop-2' }), { id: 'shop-2' });
  });

  for (const [flags, complaint] of [
    [{}, /^--id must be 1 to 64 letters.*; it is not given\.$/],
    [{ id: 'the shop' }, /^--id must be .*; it is "the shop"\.$/],
    [{ id: 'a:b' }, /^--id must be .*; it is "a:b"\.$/],
    [{ id: 'shop', days: '0' }, /^--days must be a whole number from 1 to 3650; it is "0"\.$/],
    [{ id: 'shop', days: '3651' }, /^--days must be .*; it is "3651"\.$/],
    [{ id: 'shop', days: '1.5' }, /^--days must be .*; it is "1\.5"\.$/],
  ] as const)
    it(`are refused as ${JSON.stringify(flags)}`, () =>
      assert.match(String(checkKeyFlags(flags)), complaint));
});

describe('a new key', () => {
  const configured = (entry: string) =>
    readConfig({ DATABASE_URL: 'postgres://db/shop', API_KEYS: entry }).access.apiKeys;

  it('has 256 random bits, and an entry that the service reads', () => {
    const { key, entry } = makeKey('shop', new Date('2027-03-31T08:00:00.500Z'));
    assert.match(key, /^hs_[\w-]{43}$/);
    assert.notEqual(makeKey('shop').key, key);
    const sha256 = createHash('sha256').update(key).digest();
    assert.deepEqual(configured(entry), [
      { id: 'shop', sha256, expiresAtMs: Date.parse('2027-03-31T08:00:00Z') },
    ]);
    assert.ok(!entry.includes(key));
  });

  it('is valid until its entry is removed if no date is given', () => {
    assert.equal(configured(makeKey('shop').entry)[0]?.expiresAtMs, null);
  });
});
