import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge } from '../../bench/budgets/budget.ts';
import { BUDGETS } from '../../bench/budgets/budgets.ts';
import { phasesOf } from '../../bench/flashsale/phases.ts';
import { benchReport } from '../../bench/report/bench-report.ts';
import { saleReport } from '../../bench/report/sale-report.ts';
import { saleTable } from '../../bench/report/sale-table.ts';
import { runOf } from '../../unit/bench/run-of.ts';

const conditions = {
  date: '2026-01-02T03:04:05.000Z',
  command: 'npm run bench -- --out "<there>"',
  machine: '2 × Some Processor & Co, 4 GiB',
  loadBefore: 0.1,
  isPinned: true,
  versions: { Node: '24.0.0' },
};

const second = { requests: 900, errors: 9, p50Micros: 400, p99Micros: 9_000, tiers: { l1: 800, origin: 91 } };
const load = {
  seconds: 2,
  requests: 1_800,
  errors: { timeout: 18 },
  latency: { buckets: [[200, 1_800]], max: 200 },
  timeline: [second, second],
  generatorCpu: 0.4,
  generatorLagMicros: 300,
} as const;

const figures = {
  runs: ['node-http', 'fastify-map', 'hotshelf-hot'].map((name, n) => runOf(name, 1, 20 + n)),
  probes: { 'headline-10400': { kind: 'measured', values: [12], timeline: [second, second, second] } },
} as const;

const bench = benchReport({
  conditions,
  contestants: figures.runs.map(({ contestant }) => ({ name: contestant, title: contestant, about: '' })),
  outcomes: [{ kind: 'not measured', contestant: 'hotshelf-90-10', reason: 'no <route>' }],
  figures,
  failures: [],
  verdicts: BUDGETS.map((budget) => judge(budget, figures)),
});

const sale = {
  conditions,
  phases: phasesOf(4_200, true),
  sales: ['naive design', 'Hotshelf'].map((title) => ({ title, load, statements: [3, 4] })),
};

for (const [name, html] of Object.entries({ bench, 'flash sale': saleReport(sale) })) {
  describe(`the report of the ${name}`, () => {
    it('is one file that loads nothing', () => {
      assert.doesNotMatch(html, /https?:\/\/|<script|<link|<img|<iframe|\bsrc=|\bhref=|url\(|@import/i);
    });

    it('says where, when and with what, whatever characters that holds', () => {
      assert.ok(html.includes('2026-01-02T03:04:05.000Z'));
      assert.ok(html.includes('npm run bench -- --out &quot;&lt;there&gt;&quot;'));
      assert.ok(html.includes('2 × Some Processor &amp; Co, 4 GiB'));
      assert.ok(!html.includes('<there>') && !html.includes('<route>'));
    });

    it('draws every line and bar at a place', () => assert.doesNotMatch(html, /NaN|Infinity|undefined/));

    it('has a dark look, and fits a phone', () => {
      assert.ok(html.includes('prefers-color-scheme: dark') && html.includes('width=device-width'));
    });
  });
}

describe('the report of the bench', () => {
  it('marks each budget', () => {
    for (const mark of ['class="met"', 'class="missed"', 'not measured'])
      assert.ok(bench.includes(mark), mark);
  });
});

describe('the table of the flash sale', () => {
  it('separates measured from published figures', () => {
    const table = saleTable(sale);
    assert.match(table, /naive design, measured here .* Hotshelf, measured here .* predecessor, published/);
    assert.match(table, /^\| p99 \| .* \| 2\.4 s \| 118 ms \|$/m);
    assert.match(table, /^\| errors \| 1 % \| 1 % \| 34 % \| 0\.12 % \|$/m);
    assert.match(table, /^\| SQL statements \| 7 \| 7 \| – \| – \|$/m);
  });
});
