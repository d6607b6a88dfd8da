import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exitCodeOf } from '../../bench/exit-code.ts';
import { progressLine } from '../../bench/flashsale/run-sale.ts';
import { noisyBanner } from '../../bench/noise.ts';

describe('a bench on a machine that does other work', () => {
  it('is marked, and one on a quiet machine is not', () => {
    assert.match(
      noisyBanner({ loadBefore: 3.25 }) ?? '',
      /^=+\nNOISY: the machine had a load of 3\.3 .*\n=+$/,
    );
    assert.equal(noisyBanner({ loadBefore: 0.5 }), undefined);
  });

  it('does not fail for a budget that is missed; one that could not be measured fails anywhere', () => {
    const [quiet, noisy] = [{ loadBefore: 0.1 }, { loadBefore: 2 }];
    assert.equal(exitCodeOf({ missed: 1, failures: 0, conditions: quiet }), 1);
    assert.equal(exitCodeOf({ missed: 1, failures: 0, conditions: noisy }), 0);
    assert.equal(exitCodeOf({ missed: 0, failures: 0, conditions: quiet }), 0);
    for (const conditions of [quiet, noisy])
      assert.equal(exitCodeOf({ missed: 1, failures: 1, conditions }), 2);
  });
});

describe('the progress of a sale', () => {
  const phases = [
    { name: 'steady', from: 0, to: 15, perSecond: 800 },
    { name: 'spike', from: 15, to: 30, perSecond: 12_000 },
  ] as const;

  it('is one line a second, in columns', () => {
    assert.equal(
      progressLine(phases, 15, 7),
      '  15 s of 30  steady          800 requests/s due        7 statements/s',
    );
    assert.equal(
      progressLine(phases, 16, 1_234),
      '  16 s of 30  spike        12,000 requests/s due    1,234 statements/s',
    );
  });
});
