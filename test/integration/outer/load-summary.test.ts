import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Plan } from '../../../k6/lib/plan.ts';
import { SHAPES } from '../../../k6/lib/shapes.ts';
import type { RunResult } from '../../../k6/lib/summary/run-result.ts';
import type { SummaryData } from '../../../k6/lib/summary/summary-data.ts';
import './support/load-scenario.ts';

const { closingMarkdown, closingTable } = await import('../../../k6/lib/summary/closing-table.ts');
const { comparison, changesBetween } = await import('../../../k6/lib/summary/compare.ts');
const { breakingPoint } = await import('../../../k6/lib/summary/breaking-point.ts');
const { htmlReport } = await import('../../../k6/lib/summary/html-report.ts');
const { junit } = await import('../../../k6/lib/summary/junit.ts');
const { limitOf } = await import('../../../k6/lib/summary/limit.ts');
const { shownCount, shownMs, shownShare } = await import('../../../k6/lib/summary/numbers.ts');
const { hasPassed, runResultOf } = await import('../../../k6/lib/summary/run-result.ts');

const PLAN: Plan = {
  scenario: 'steady',
  parts: [{ name: 'steady', exec: 'read', shape: SHAPES.constant(100, 30) }],
  warmSeconds: 5,
  seconds: 30,
};
const SETTINGS = {
  baseUrl: 'http://shop',
  metricsUrl: 'http://shop',
  rate: 100,
  seconds: 30,
  products: 10,
  apiKey: undefined,
  profile: 'quiet',
  results: undefined,
  against: undefined,
} as const;

const times = (factor: number) => ({
  med: factor,
  'p(90)': 2 * factor,
  'p(99)': 10 * factor,
  'p(99.9)': 40 * factor,
  max: 90 * factor,
});

/** The data of handleSummary() after 3,000 requests in 30 s with some failures. */
function dataOf({ failed = 0, p99Kept = true, dropped = 0 } = {}): SummaryData {
  const failures = { rate: failed / 3_000, passes: failed, fails: 3_000 - failed };
  const slices = Array.from({ length: 30 }, (_, n) => [
    `over_time_${String(n).padStart(2, '0')}`,
    { values: { count: 100, ...times(1) } },
  ]);
  return {
    root_group: {
      checks: [
        { name: 'GET /products/:id has its body', passes: 2_999, fails: 1 },
        { name: 'GET /products/:id: price is a <number> above 0', passes: 0, fails: 1 },
      ],
      groups: [],
    },
    metrics: {
      checks: { values: { rate: 0.9999 }, thresholds: { 'rate==1': { ok: false } } },
      'http_req_failed{part:measured}': {
        values: failures,
        thresholds: { 'rate<0.0001': { ok: failed === 0 }, 'rate>=0': { ok: true } },
      },
      'http_req_failed{part:measured,kind:product}': { values: failures },
      'http_req_duration{part:measured}': { values: times(1), thresholds: { 'max>=0': { ok: true } } },
      'http_req_duration{part:measured,kind:product}': {
        values: times(1),
        thresholds: { 'p(99)<25': { ok: p99Kept } },
      },
      'dropped_iterations{scenario:steady}': { values: { count: dropped } },
      run_seconds: { values: { value: 30, min: 0, max: 30 } },
      generator_time: { values: { 'p(99)': 0.4 } },
      'answers{part:measured,cache:l1}': { values: { count: 2_970 } },
      'answers{part:measured,cache:origin}': { values: { count: 30 } },
      ...Object.fromEntries(slices),
    },
  };
}

const resultOf = (data: SummaryData): RunResult => runResultOf(data, PLAN, SETTINGS);
const GOOD: SummaryData = (() => {
  const data = dataOf();
  return {
    root_group: { checks: [], groups: [] },
    metrics: { ...data.metrics, checks: { values: { rate: 1 } } },
  };
})();

describe('the closing table of a load run', () => {
  it('has the requests, the success rate, the times, the rate and what was dropped', () => {
    const table = closingTable(resultOf({ ...GOOD }));
    assert.match(table, /steady: PASSED/);
    assert.match(table, /all +3,000 +100\.000 % +1\.00 ms +10\.0 ms +40\.0 ms +90\.0 ms/);
    assert.match(table, /requests\/s +100 of 100 asked for, over 30 s/);
    assert.match(table, /dropped +0/);
    assert.match(table, /answered by +l1 99\.0 %, origin 1\.0 %/);
  });

  it('names what was broken: thresholds with their value, and the rules of bodies', () => {
    const table = closingTable(resultOf(dataOf({ failed: 3, p99Kept: false, dropped: 2 })));
    assert.match(table, /steady: FAILED/);
    assert.match(table, /✗ +http_req_duration\{part:measured,kind:product\} +p\(99\)<25 +10/);
    assert.match(table, /✗ +http_req_failed\{part:measured\} +rate<0\.0001 +0\.001/);
    assert.match(table, /broken rule +GET \/products\/:id: price is a <number> above 0: 1 of 1/);
    assert.match(table, /dropped +2/);
    // A threshold that was set to get figures is none that was judged.
    assert.doesNotMatch(table, /max>=0|rate>=0/);
  });

  it('never rounds a failure away', () => {
    assert.equal(shownShare(1), '100.000 %');
    assert.equal(shownShare(1 - 1 / 3_000_000), '99.999966 %');
    assert.equal(shownShare(0.66), '66.000 %');
    assert.equal(shownCount(1_234_567), '1,234,567');
    assert.equal(shownMs(0.917), '0.92 ms');
    assert.equal(shownMs(1_320), '1.32 s');
  });

  it('comes as Markdown for the page of a workflow run', () => {
    const text = closingMarkdown(resultOf(dataOf({ p99Kept: false })));
    assert.match(text, /^### steady: FAILED/);
    assert.match(text, /\| all \| 3,000 \| 100\.000 % \|/);
    assert.match(text, /\*\*broken\*\* `http_req_duration\{part:measured,kind:product\}` p\(99\)<25: 10/);
  });

  it('does not pass a run that sent nothing, though k6 holds its thresholds to be kept', () => {
    const { metrics, ...rest } = GOOD;
    const nothing = resultOf({
      ...rest,
      metrics: { ...metrics, 'http_req_failed{part:measured}': undefined },
    });
    assert.equal(nothing.all.requests, 0);
    assert.equal(hasPassed(nothing), false);
    assert.equal(hasPassed(resultOf(GOOD)), true);
  });
});

describe('the limit of a load run', () => {
  const measured = {
    perSecond: 100,
    askedPerSecond: 100,
    dropped: 0,
    generatorP99: 0.5,
    all: resultOf(GOOD).all,
  };

  it('is none if the rate was sent', () => {
    assert.equal(limitOf(measured).kind, 'none');
  });

  it('is the service if the virtual users waited for it', () => {
    assert.equal(limitOf({ ...measured, dropped: 5 }).kind, 'service');
    assert.equal(limitOf({ ...measured, perSecond: 90 }).kind, 'service');
  });

  it('is the generator if it spent the time itself', () => {
    const limit = limitOf({ ...measured, dropped: 5, generatorP99: 40 });
    assert.equal(limit.kind, 'generator');
    assert.match(limit.text, /^the generator: .* up to 40\.0 ms/);
    assert.match(limitOf({ ...measured, generatorP99: 40 }).text, /^none, but .* times are partly its/);
  });

  it('is the generator if arrivals were late while virtual users were free', () => {
    const slow = { ...measured.all, p99: 500 };
    assert.equal(limitOf({ ...measured, all: slow, perSecond: 20, generatorP99: 40 }).kind, 'generator');
    assert.equal(limitOf({ ...measured, all: slow, dropped: 5, generatorP99: 40 }).kind, 'service');
  });
});

describe('the files of a load run', () => {
  it('are JUnit XML in which each broken threshold and check is a failure', () => {
    const xml = junit(resultOf(dataOf({ p99Kept: false })));
    assert.match(xml, /<testsuite name="steady" [^>]*tests="5" failures="4"/);
    assert.match(
      xml,
      /name="http_req_duration\{part:measured,kind:product\} p\(99\)&lt;25"><failure message="it is 10"/,
    );
    assert.match(xml, /price is a &lt;number&gt; above 0"><failure message="1 of 1 answers broke it"/);
  });

  it('are a page with plots that loads nothing from anywhere', () => {
    const page = htmlReport(resultOf(dataOf()));
    assert.equal(page.match(/<svg /g)?.length, 3);
    assert.equal(page.match(/<polyline /g)?.length, 7);
    assert.doesNotMatch(page, /NaN|undefined|Infinity/);
    assert.doesNotMatch(page, /src=|href=|url\(|@import|<script/);
    assert.match(page, /price is a &lt;number&gt; above 0/);
  });

  it('are compared with those of an earlier run, and the differences of the loads are named', () => {
    const before = resultOf(GOOD);
    const now: RunResult = {
      ...before,
      settings: { ...before.settings, rate: 200 },
      all: { ...before.all, p99: 25, failed: 1 },
    };
    const text = comparison('last-week', before, now);
    assert.match(text, /against last-week/);
    assert.match(text, /all p99 +10\.0 ms +→ +25\.0 ms +× 2\.50 \*/);
    assert.match(text, /not the same load: RATE was 100, is 200/);
    const p50 = changesBetween(before, before).find(({ name }) => name === 'product p50');
    assert.equal(p50?.ratio, 1);
  });
});

describe('the breaking point', () => {
  const BOUNDS = { p99: 25, p999: 100 };

  it('is the rate of the first slice that was not well', () => {
    const run = resultOf(dataOf({ p99Kept: false }));
    const slices = run.slices.map((slice, n) => ({
      ...slice,
      asked: n * 10,
      answered: n * 10,
      p99: n < 20 ? 5 : 31,
    }));
    assert.equal(
      breakingPoint({ ...run, slices }, BOUNDS),
      'broke near 200 requests/s (second 20 to 21): p99 31.0 ms',
    );
    const failing = slices.map((slice, n) => ({ ...slice, failed: n === 12 ? 3 : 0 }));
    assert.match(breakingPoint({ ...run, slices: failing }, BOUNDS), /near 120 .*: 3 requests failed/);
    const behind = slices.map((slice, n) => ({ ...slice, answered: n === 9 ? 10 : slice.answered }));
    assert.match(
      breakingPoint({ ...run, slices: behind }, BOUNDS),
      /near 90 .*: 10 requests\/s were answered/,
    );
  });

  it('was not met if every threshold was kept', () => {
    assert.match(breakingPoint(resultOf(GOOD), BOUNDS), /^did not break: 100 requests\/s/);
  });
});
