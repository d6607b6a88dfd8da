import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ConfigError, readConfig } from '#libs/config';

const read = (settings: Record<string, string>) =>
  readConfig({ DATABASE_URL: 'postgres://db/shop', ...settings });

const HASH = '0123456789abcdef'.repeat(4);
const OTHER_HASH = 'f'.repeat(64);

function complaintOf(settings: Record<string, string>): string {
  try {
    read(settings);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return assert.fail('it was accepted');
}

describe('API_KEYS', () => {
  it('is no key at all where it is absent or empty', () => {
    assert.deepEqual(read({}).access.apiKeys, []);
    assert.deepEqual(read({ API_KEYS: '' }).access.apiKeys, []);
  });

  it('has an id, a hash and perhaps an expiry for each of several keys', () => {
    const { apiKeys } = read({
      API_KEYS: `shop:${HASH}, stock-2:${OTHER_HASH.toUpperCase()}:2027-01-31T10:00:00+02:00`,
    }).access;
    assert.deepEqual(
      apiKeys.map(({ id, sha256, expiresAtMs }) => [id, sha256.toString('hex'), expiresAtMs]),
      [
        ['shop', HASH, null],
        ['stock-2', OTHER_HASH, Date.parse('2027-01-31T08:00:00Z')],
      ],
    );
  });

  it('takes a date for its first moment in UTC', () => {
    const [key] = read({ API_KEYS: `shop:${HASH}:2027-01-31` }).access.apiKeys;
    assert.equal(key?.expiresAtMs, Date.parse('2027-01-31T00:00:00Z'));
  });

  for (const [what, text] of [
    ['a hash that is too short', `shop:${HASH.slice(1)}`],
    ['a hash that is none', `shop:${HASH.slice(1)}g`],
    ['a key instead of its hash', 'shop:hs_secret'],
    ['no id', `:${HASH}`],
    ['an id with a space', `the shop:${HASH}`],
    ['an expiry that is no date', `shop:${HASH}:soon`],
    ['a day that there is not', `shop:${HASH}:2027-02-30`],
    ['a date-time without its offset', `shop:${HASH}:2027-01-31T10:00:00`],
    ['an empty expiry', `shop:${HASH}:`],
    ['an entry that is empty', `shop:${HASH},`],
    ['an id twice', `shop:${HASH},shop:${OTHER_HASH}`],
    ['a hash twice', `shop:${HASH},stock:${HASH.toUpperCase()}`],
  ] as const)
    it(`refuses ${what}, naming variable, rule and default, and not the value`, () => {
      const complaint = complaintOf({ API_KEYS: text });
      assert.match(
        complaint,
        /^API_KEYS must be entries `<id>:.*; its value \(not shown\) does not match\. Default: empty\.$/,
      );
      assert.ok(!complaint.includes(HASH) && !complaint.includes('hs_secret'));
    });

  it('reads back whatever entries were written', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
    const hash = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((bytes) => Buffer.from(bytes).toString('hex'));
    const expiry = fc.option(fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }));
    const entries = fc.uniqueArray(fc.tuple(id, hash, expiry), { selector: ([name]) => name });
    fc.assert(
      fc.property(entries, (all) => {
        fc.pre(new Set(all.map(([, each]) => each)).size === all.length);
        const text = all.map(([name, each, end]) =>
          [name, each, ...(end ? [end.toISOString()] : [])].join(':'),
        );
        assert.deepEqual(
          read({ API_KEYS: text.join(',') }).access.apiKeys.map((key) => [
            key.id,
            key.sha256.toString('hex'),
            key.expiresAtMs,
          ]),
          all.map(([name, each, end]) => [name, each, end?.getTime() ?? null]),
        );
      }),
    );
  });
});

describe('TRUST_PROXY', () => {
  it('trusts no proxy by default, and listed addresses and ranges', () => {
    assert.deepEqual(read({}).edge.trustedProxies, []);
    const { trustedProxies } = read({ TRUST_PROXY: '10.0.0.0/8, 192.0.2.1,fd00::/8,::1' }).edge;
    assert.deepEqual(trustedProxies, ['10.0.0.0/8', '192.0.2.1', 'fd00::/8', '::1']);
  });

  for (const text of [
    'true',
    '1',
    'proxy.example',
    '10.0.0.0/33',
    '::/129',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.1/',
    '10.0.0.1,',
  ])
    it(`refuses ${text}`, () => {
      assert.match(complaintOf({ TRUST_PROXY: text }), /^TRUST_PROXY must be IP addresses and CIDR ranges/);
    });
});

describe('HTTP_HEADERS_TIMEOUT', () => {
  it('may not be longer than the whole request', () => {
    assert.equal(
      complaintOf({ HTTP_HEADERS_TIMEOUT: '6s', HTTP_REQUEST_TIMEOUT: '5s' }),
      'HTTP_HEADERS_TIMEOUT must be no longer than HTTP_REQUEST_TIMEOUT; it is 6000ms, against 5000ms. Default: 5s.',
    );
  });
});
