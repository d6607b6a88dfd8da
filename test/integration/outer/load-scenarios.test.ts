import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Threshold } from 'k6/options';
import { ran } from './support/k6-runtime/ran.ts';
import { loadScenario, partsOf, SCENARIOS } from './support/load-scenario.ts';
import { projectFile, ROOT } from './support/project.ts';

/** Types of k6's own metrics, as far as scenarios judge by them. */
const BUILT_IN = new Map([
  ['checks', 'rate'],
  ['http_req_failed', 'rate'],
  ['http_req_duration', 'trend'],
  ['http_reqs', 'counter'],
  ['dropped_iterations', 'counter'],
]);

/** Statistics that a threshold may judge, by the type of its metric. */
const STATISTICS: Readonly<Record<string, RegExp>> = {
  rate: /^rate$/,
  counter: /^(?:count|rate)$/,
  gauge: /^value$/,
  trend: /^(?:avg|min|max|med|p\(\d+(?:\.\d+)?\))$/,
};

const textOf = (rule: Threshold) => (typeof rule === 'string' ? rule : rule.threshold);

describe('the load scenarios', () => {
  it('are those of the documentation, each with its question', () => {
    const page = projectFile('docs/load-testing.md');
    const listed = [...page.matchAll(/^\| \*\*([\w-]+)\*\* \|/gm)].map(([, name]) => name);
    assert.deepEqual(listed.sort(), [...SCENARIOS].sort());
  });

  it('import files of their own and modules of k6, and nothing from elsewhere', () => {
    const files = readdirSync(`${ROOT}/k6`, { recursive: true, encoding: 'utf8' });
    const sources = files.filter((file) => file.endsWith('.ts'));
    assert.ok(sources.length > SCENARIOS.length);
    for (const file of sources) {
      const source = projectFile(`k6/${file}`);
      const specifiers = [...source.matchAll(/(?:from|import|require)\s*\(?\s*'([^']+)'/g)].map(
        ([, name]) => name,
      );
      for (const name of specifiers)
        assert.match(String(name), /^(?:k6(?:\/\w+)?|\.\.?\/[\w./-]+\.ts)$/, file);
      assert.doesNotMatch(source, /https?:\/\/(?!127\.0\.0\.1)(?!\(\?)[a-z]/, file);
    }
  });
});

for (const name of SCENARIOS) {
  describe(`the load scenario ${name}`, () => {
    it('runs functions that it exports', async () => {
      const scenario = await loadScenario(name);
      const runs = Object.values(scenario.options.scenarios ?? {});
      assert.ok(runs.length > 0);
      for (const { exec } of runs) assert.equal(typeof scenario[String(exec)], 'function', String(exec));
      assert.equal(typeof scenario.setup, 'function');
      assert.equal(typeof scenario.handleSummary, 'function');
    });

    it('is judged by thresholds on metrics, parts and statistics that exist', async () => {
      const { options } = await loadScenario(name);
      const parts = Object.keys(options.scenarios ?? {});
      for (const [metric, rules] of Object.entries(options.thresholds ?? {})) {
        const [, base = '', tags = ''] = /^(\w+)(?:\{([\w:,]+)\})?$/.exec(metric) ?? [];
        const type = BUILT_IN.get(base) ?? ran.metrics.get(base);
        assert.ok(type !== undefined, `${metric} is no metric`);
        const [, part] = /(?:^|,)scenario:(\w+)/.exec(tags) ?? [];
        if (part !== undefined) assert.ok(parts.includes(part), `${metric}: no part ${part}`);
        for (const rule of rules.map(textOf)) {
          const [, statistic = ''] = /^(\S+?)(?:<|>=|==)[\d.]+$/.exec(rule) ?? [];
          assert.match(statistic, STATISTICS[type] ?? /^$/, `${metric} ${rule}`);
        }
      }
    });

    it('sends its load whether it is answered or not, and fails if an arrival is dropped', async () => {
      const scenario = await loadScenario(name);
      const { thresholds = {} } = scenario.options;
      const parts = partsOf(scenario).filter((part) => part.name !== 'warm');
      assert.ok(parts.length > 0);
      for (const part of parts) {
        const rules = thresholds[`dropped_iterations{scenario:${part.name}}`] ?? [];
        assert.deepEqual(rules.map(textOf), ['count==0'], part.name);
      }
    });

    it('takes its rate and its length from the environment, and more time, but no more errors, on a shared machine', async () => {
      const quiet = (await loadScenario(name, { RATE: '40', DURATION: '30s' })).options;
      const shared = (await loadScenario(name, { RATE: '40', DURATION: '30s', PROFILE: 'shared' })).options;
      assert.notDeepEqual(quiet.scenarios, (await loadScenario(name)).options.scenarios);
      for (const [metric, rules] of Object.entries(quiet.thresholds ?? {})) {
        const loosened = (shared.thresholds?.[metric] ?? []).map(textOf);
        if (metric.startsWith('http_req_duration')) continue;
        assert.deepEqual(loosened, rules.map(textOf), metric);
      }
    });

    it('names the variable and the rule of a setting that makes no sense', async () => {
      await assert.rejects(
        loadScenario(name, { RATE: '10k' }),
        /^Error: RATE must be a whole number from 1 to/,
      );
      await assert.rejects(loadScenario(name, { PROFILE: 'loud' }), /PROFILE must be one of quiet, shared/);
    });
  });
}
