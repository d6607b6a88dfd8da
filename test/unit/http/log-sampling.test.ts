import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SampleRate, shareOf } from '#src/libs/http/src/log-sampling';

const status = fc.integer({ min: 100, max: 599 });
const ms = fc.double({ min: 0, max: 10_000, noNaN: true });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const drawn = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const config = (sampleRate: number, slowMs = 500) => ({ sampleRate, slowMs });

const isLogged = (...[answer, rates, random]: [...Parameters<typeof shareOf>, () => number]) =>
  random() < shareOf(answer, rates);

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

describe('the share of answers that are logged', () => {
  it('is that of the configuration', () => {
    const rate = new SampleRate({ sampleRate: 0.25, allUpTo: 0 });
    assert.deepEqual([rate.next(), rate.next()], [0.25, 0.25]);
  });

  it('is 1 for the first ones of each second, where the configuration says so', () => {
    let nowMs = 5_000;
    const rate = new SampleRate({ sampleRate: 0.01, allUpTo: 2 }, () => nowMs);
    const next = (afterMs: number) => {
      nowMs += afterMs;
      return rate.next();
    };
    assert.deepEqual([0, 0, 0, 999, 1, 0, 0].map(next), [1, 1, 0.01, 0.01, 1, 1, 0.01]);
  });
});
