import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isLogged } from '#src/libs/http/src/requests/is-logged';

const status = fc.integer({ min: 100, max: 599 });
const ms = fc.double({ min: 0, max: 10_000, noNaN: true });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const drawn = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const config = (sampleRate: number, slowMs = 500) => ({ level: 'info', sampleRate, slowMs });

describe('whether an answer is logged', () => {
  it('is certain for an error of ours, and for a slow answer', () => {
    fc.assert(
      fc.property(status, ms, share, drawn, (code, took, rate, random) => {
        if (code < 500 && took < 500) return;
        assert.ok(isLogged({ status: code, ms: took }, config(rate), () => random));
      }),
    );
  });

  it('is as the draw has it for all others: never at 0, always at 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 499 }), share, drawn, (code, rate, random) => {
        const logged = (sampleRate: number) =>
          isLogged({ status: code, ms: 499.9 }, config(sampleRate), () => random);
        assert.equal(logged(rate), random < rate);
        assert.equal(logged(0), false);
        assert.equal(logged(1), true);
      }),
    );
  });
});
