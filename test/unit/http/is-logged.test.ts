import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isLogged } from '#src/libs/http/src/request-log';

const status = fc.integer({ min: 100, max: 599 });
const ms = fc.double({ min: 0, max: 10_000, noNaN: true });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const drawn = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const config = (sampleRate: number, slowMs = 500) => ({ level: 'info', sampleRate, slowMs, readable: false });

describe('whether an answer is logged', () => {
  it('is certain for a fault of ours, and for a slow answer', () => {
    fc.assert(
      fc.property(status, ms, share, drawn, (code, took, rate, random) => {
        if (code === 503 || (code < 500 && took < 500)) return;
        assert.ok(isLogged({ status: code, ms: took }, config(rate), () => random));
      }),
    );
  });

  it('is as the draw has it for all others, refusals among them: never at 0, always at 1', () => {
    const others = fc.oneof(fc.integer({ min: 100, max: 499 }), fc.constant(503));
    fc.assert(
      fc.property(others, share, drawn, (code, rate, random) => {
        const took = code === 503 ? 9_999 : 499.9;
        const logged = (sampleRate: number) =>
          isLogged({ status: code, ms: took }, config(sampleRate), () => random);
        assert.equal(logged(rate), random < rate);
        assert.equal(logged(0), false);
        assert.equal(logged(1), true);
      }),
    );
  });
});
