import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { barPlot } from '../../bench/report/plots/bar-plot.ts';

const bar = (name: string, ...sample: number[]) => ({ name, sample, isOurs: false });

describe('the plot of one figure of each contestant', () => {
  it('has bars from zero if the values are of one size', () => {
    const plot = barPlot('µs', [bar('one', 20), bar('other', 100, 110)]);
    assert.equal(plot.match(/<rect /g)?.length, 2);
    assert.doesNotMatch(plot, /<circle |logarithmic/);
  });

  it('has points on a logarithmic axis if they span more than a decade, so that the small ones can be compared', () => {
    const plot = barPlot('µs', [bar('one', 20, 22), bar('twice', 40), bar('slow', 4_000)]);
    const [one = 0, twice = 0, slow = 0] = [...plot.matchAll(/<circle cx="([\d.]+)"/g)].map(([, x]) =>
      Number(x),
    );
    assert.ok(twice - one > 30, plot);
    assert.ok(slow > twice);
    assert.doesNotMatch(plot, /<rect /);
    assert.match(plot, /aria-label="µs, logarithmic"/);
    const ticks = [...plot.matchAll(/class="tick"[^>]*>([^<]+)</g)].map(([, text]) => text);
    assert.deepEqual(ticks, ['10', '100', '1,000', '10,000', 'µs, logarithmic axis']);
  });

  it('stays linear with a value of zero', () => {
    assert.doesNotMatch(barPlot('µs', [bar('none', 0), bar('some', 100)]), /logarithmic/);
  });
});
