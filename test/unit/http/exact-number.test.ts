import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isExact, parseJson } from '#src/libs/http/src/input';

const NUMBER = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** As short as the definition is, and quadratic. */
function isExactByDefinition(text: string): boolean {
  const significant = (number: string) => {
    const [, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(number) ?? [];
    const digits = (whole + fraction).replace(/^0+/, '');
    const kept = digits.replace(/0+$/, '');
    return kept === '' ? '0' : `${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`;
  };
  const value = Number(text);
  return Number.isFinite(value) && significant(String(value)) === significant(text);
}

const digits = (min: number) =>
  fc.string({ unit: fc.constantFrom('0', '0', '1', '9'), minLength: min, maxLength: 24 });
const exponent = fc.tuple(fc.constantFrom('e', 'E', 'e+', 'e-'), digits(1)).map((parts) => parts.join(''));
/** Numbers of few different digits, some with leading zeros. */
const NUMBERS = fc
  .tuple(
    fc.constantFrom('', '-'),
    digits(1),
    fc.option(digits(1), { nil: null }),
    fc.option(exponent, { nil: '' }),
  )
  .map(
    ([sign, whole, fraction, power]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${power}`,
  );

describe('a number of a body', () => {
  for (const text of [
    '0',
    '-0',
    '0.0',
    '0e5',
    '1.10',
    '1e2',
    '100',
    '1E+2',
    '100.0e-2',
    '-12.50',
    '5e-324',
  ]) {
    it(`is exact where it is ${text}`, () => assert.ok(isExact(Number(text), text)));
  }

  for (const text of [
    '9999999.990000000001',
    '0.1000000000000000000001',
    '9007199254740993',
    '1e400',
    '1e-400',
  ]) {
    it(`is not exact where it is ${text}`, () => assert.ok(!isExact(Number(text), text)));
  }

  it('is compared as by the definition, whatever its digits', () => {
    fc.assert(
      fc.property(NUMBERS, (written) =>
        assert.equal(isExact(Number(written), written), isExactByDefinition(written)),
      ),
      { numRuns: 5_000 },
    );
  });

  it('is none in a parsed body where it is not exact, and no other', () => {
    const json = NUMBERS.map((text) => text.replace(/^(-?)0+(?=\d)/, '$1'));
    fc.assert(
      fc.property(json, (text) => {
        const { n } = parseJson(Buffer.from(`{"n":${text}}`)) as { readonly n: number };
        assert.equal(Number.isNaN(n), !isExactByDefinition(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it('is exact if it was written from the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        assert.ok(isExact(value, JSON.stringify(value)));
      }),
    );
  });

  it('is what it was, wherever it stands, if it is exact', () => {
    // A body that names "__proto__" is refused; test/unit/http/parse-json holds that.
    const text = fc.json().filter((json) => !json.includes('__proto__'));
    fc.assert(
      fc.property(text, (json) => {
        assert.deepEqual(parseJson(Buffer.from(json)), JSON.parse(json));
      }),
    );
  });
});
