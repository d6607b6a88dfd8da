import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import { writeKeys } from '#src/apps/local/src/key/development-key';
import { readKeyFlags } from '#src/apps/local/src/key/key-flags';
import { makeKey } from '#src/apps/local/src/key/make-key';

describe('the flags of npm run key', () => {
  it('name the key, and how long it holds', () => {
    assert.deepEqual(readKeyFlags(['--id', 'shop', '--days', '90']), { kind: 'make', id: 'shop', days: 90 });
    assert.deepEqual(readKeyFlags(['--id=shop-2']), { kind: 'make', id: 'shop-2', days: null });
    assert.deepEqual(readKeyFlags(['--id', 'shop', '--help']), { kind: 'help' });
  });

  for (const [args, complaint] of [
    [[], /^--id must be 1 to 64 letters.*; it is not given\.$/],
    [['--id'], /^--id must be .*; nothing follows it\.$/],
    [['--id', 'the shop'], /^--id must be .*; it is "the shop"\.$/],
    [['--id', 'a:b'], /^--id must be .*; it is "a:b"\.$/],
    [['--id', 'shop', '--id', 'stock'], /^--id must be given once\.$/],
    [['--id', 'shop', '--days', '0'], /^--days must be a whole number from 1 to 3650; it is "0"\.$/],
    [['--id', 'shop', '--days', '3651'], /^--days must be .*; it is "3651"\.$/],
    [['--id', 'shop', '--days', '1.5'], /^--days must be .*; it is "1\.5"\.$/],
    [['--id', 'shop', '--days'], /^--days must be .*; nothing follows it\.$/],
    [
      ['--id', 'shop', '--weeks', '1'],
      /^--weeks: no such flag\. Known are --id NAME, --days N and --help\.$/,
    ],
    [['shop'], /^shop: no such flag\./],
  ] as const)
    it(`are refused as ${JSON.stringify(args.join(' '))}`, () => {
      const flags = readKeyFlags(args);
      assert.equal(flags.kind, 'invalid');
      assert.match(flags.kind === 'invalid' ? flags.complaint : '', complaint);
    });
});

describe('a new key', () => {
  it('has 256 random bits, and an entry that the service reads', () => {
    const expiresAt = new Date('2027-03-31T08:00:00.500Z');
    const { key, entry } = makeKey('shop', expiresAt);
    assert.match(key, /^hs_[\w-]{43}$/);
    assert.notEqual(makeKey('shop').key, key);
    const { apiKeys } = readConfig({ DATABASE_URL: 'postgres://db/shop', API_KEYS: entry }).access;
    assert.deepEqual(apiKeys, [
      {
        id: 'shop',
        sha256: createHash('sha256').update(key).digest(),
        expiresAtMs: Date.parse('2027-03-31T08:00:00Z'),
      },
    ]);
    assert.ok(!entry.includes(key));
  });

  it('holds for ever where nothing else is said', () => {
    const { entry } = makeKey('shop');
    const { apiKeys } = readConfig({ DATABASE_URL: 'postgres://db/shop', API_KEYS: entry }).access;
    assert.equal(apiKeys[0]?.expiresAtMs, null);
  });
});

describe('the keys of a service that npm start starts', () => {
  it('are those that were configured, also where there are to be none', () => {
    assert.deepEqual(writeKeys('shop:abc'), { entries: 'shop:abc' });
    assert.deepEqual(writeKeys(''), { entries: '' });
  });

  it('are one of its own where nothing is configured', () => {
    const { entries, made = '' } = writeKeys(undefined);
    assert.equal(entries, `development:${createHash('sha256').update(made).digest('hex')}`);
  });
});
