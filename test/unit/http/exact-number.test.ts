import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isExact } from '#src/libs/http/src/bodies/exact-number';
import { parseJson } from '#src/libs/http/src/bodies/parse-json';

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

  it('is exact where it was written by whoever has it as a number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        assert.ok(isExact(value, JSON.stringify(value)));
      }),
    );
  });

  it('is what it was, wherever it stands, if it is exact', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        assert.deepEqual(parseJson(Buffer.from(text)), JSON.parse(text));
      }),
    );
  });
});
