import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { acceptableCodings } from '#libs/http';

describe('Accept-Encoding', () => {
  for (const [header, expected] of [
    [undefined, ['identity', 'br', 'gzip']],
    ['', ['identity']],
    ['gzip', ['gzip', 'identity']],
    ['gzip, deflate, br, zstd', ['br', 'gzip', 'identity']],
    ['GZIP;Q=0.5,  Br ; q=0.4', ['gzip', 'br', 'identity']],
    ['x-gzip', ['gzip', 'identity']],
    ['br;q=0.5, gzip;q=0.5', ['br', 'gzip', 'identity']],
    ['identity', ['identity']],
    ['identity, gzip;q=0.5', ['identity', 'gzip']],
    ['identity;q=0.5, gzip;q=0.2, br', ['br', 'identity', 'gzip']],
    ['gzip;q=0', ['identity']],
    ['gzip;q=0, *', ['br', 'identity']],
    ['*', ['br', 'gzip', 'identity']],
    ['*;q=0', []],
    ['identity;q=0', []],
    ['identity;q=0.000, deflate', []],
    ['*;q=0, gzip', ['gzip']],
    ['gzip, identity;q=0', ['gzip']],
    ['*;q=0, identity', ['identity']],
    ['gzip;q=2, br;q=-1, gzip;level=9, ;;, =', ['identity']],
    ['gzip;q=1.000', ['gzip', 'identity']],
    ['gzip;q=1.9', ['gzip', 'identity']],
    [`gzip${','.repeat(300)}`, ['identity', 'br', 'gzip']],
  ] as const)
    it(`${JSON.stringify(header?.slice(0, 60))} takes ${expected.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(acceptableCodings(header), expected);
    });

  it('reads whatever a client sends, and gives each coding at most once', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (header) => {
        const codings = acceptableCodings(header);
        assert.equal(new Set(codings).size, codings.length);
      }),
    );
  });
});
