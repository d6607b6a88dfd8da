import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError, readConfig } from '#libs/config';

const originsOf = (text?: string) =>
  readConfig({ DATABASE_URL: 'postgres://db/shop', ...(text !== undefined && { CORS_ORIGINS: text }) }).edge
    .corsOrigins;

describe('CORS_ORIGINS', () => {
  it('lets no other origin in where it is absent or empty', () => {
    assert.deepEqual(originsOf(), []);
    assert.deepEqual(originsOf(' '), []);
  });

  it('lets listed origins in, or every one', () => {
    assert.deepEqual(originsOf('https://shop.example, http://localhost:5173,https://[::1]:8443'), [
      'https://shop.example',
      'http://localhost:5173',
      'https://[::1]:8443',
    ]);
    assert.equal(originsOf('*'), '*');
  });

  for (const text of [
    'shop.example',
    'https://shop.example/',
    'https://shop.example/shop',
    'https://Shop.example',
    'https://shop.example:443',
    'https://user@shop.example',
    'https://*.shop.example',
    'https://shop.example https://other.example',
    'https://shop.example,',
    '*,https://shop.example',
    'https://shop.example\r\nx-injected: 1',
    'null',
    'file:///shop',
    'ftp://shop.example',
  ])
    it(`refuses ${JSON.stringify(text)}, naming variable, rule and default`, () => {
      assert.throws(
        () => originsOf(text),
        (error) =>
          error instanceof ConfigError &&
          /^CORS_ORIGINS must be origins as browsers send them, .*; it is ".*"\. Default: empty\.$/.test(
            error.message,
          ),
      );
    });
});
