import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runbookAddress } from '../../../deploy/runbook-address.ts';
import { EXPECTED, type Expected } from '../../alerts/expected-alerts.ts';
import { startApi } from '../../support/api.ts';
import { runCommand } from '../../support/run-command.ts';
import { ROOT, yamlFile } from './support/project.ts';

interface Config {
  readonly rule_files: string[];
  readonly scrape_configs: {
    readonly job_name: string;
    readonly metrics_path?: string;
    readonly dns_sd_configs?: { readonly names: string[]; readonly port: number }[];
  }[];
}

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

interface AlertTest {
  readonly alertname: string;
  readonly exp_alerts?: readonly unknown[];
}

const FOLDER = 'docker/prometheus';
const config = yamlFile<Config>(`${FOLDER}/prometheus.yml`);
const { groups } = yamlFile<{ groups: { rules: Rule[] }[] }>(`${FOLDER}/rules/hotshelf.yml`);
const rules = groups.flatMap((group) => group.rules);

describe('prometheus.yml', () => {
  it('scrapes every container of the service, where compose.yaml runs it', () => {
    const { services } = yamlFile<{ services: Record<string, { environment: Record<string, string> }> }>(
      'docker/compose.yaml',
    );
    const [job] = config.scrape_configs.filter(({ job_name: name }) => name === 'hotshelf');
    const [target] = job?.dns_sd_configs ?? [];
    assert.deepEqual(target?.names, ['api']);
    assert.equal(services['api']?.environment['METRICS_PORT'], String(target?.port));
    assert.equal(job?.metrics_path, '/metrics');
  });

  it('reads the rules', () => {
    assert.deepEqual(config.rule_files, ['rules/*.yml']);
    assert.ok(existsSync(join(ROOT, FOLDER, 'rules/hotshelf.yml')));
  });
});

/** Every metric that a process shows, from its own page. */
async function metricNames(): Promise<string[]> {
  const api = await startApi({ DATABASE_URL: 'postgres://nouser:x@127.0.0.1:1/none' });
  try {
    const page = await (await api.get('/metrics')).text();
    return [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
  } finally {
    await api.stop();
  }
}

describe('the alert rules', () => {
  const KEPT = [
    'api_request_latency_seconds_count',
    'api_request_latency_seconds_bucket',
    'cache_hits_total',
    'cache_misses_total',
    'api_errors_total',
  ];

  it('read the four metrics whose names are kept, others that the service has, and ratios that are recorded here', async () => {
    const known = ['up', ...KEPT, ...(await metricNames()), ...rules.flatMap(({ record }) => record ?? [])];
    const used = rules.flatMap(
      ({ expr }) => expr.match(/\b[a-z]+_[a-z0-9_]+\b(?=[{[)])|\bhotshelf:[a-z0-9_:]+|\bup\b/g) ?? [],
    );
    assert.deepEqual(
      [...new Set(used)].filter((name) => !known.includes(name)),
      [],
    );
    assert.deepEqual(
      KEPT.filter((name) => !used.includes(name)),
      [],
    );
  });

  it('each say how bad it is, what to look at, and where the runbook has their section', () => {
    const alerts = rules.filter(({ alert }) => alert !== undefined);
    assert.ok(alerts.length > 0);
    for (const { alert, labels, annotations } of alerts) {
      assert.match(labels?.['severity'] ?? '', /^(?:warning|critical)$/, alert);
      assert.ok(annotations?.['summary'] && annotations['description'], alert);
      assert.equal(annotations['runbook_url'], `${runbookAddress()}#${alert?.toLowerCase()}`);
    }
  });

  it('link to the runbook that package.json names: a path in the repository, or an address', () => {
    const repository = { url: 'git+https://git.example/shop/shelf.git' };
    assert.equal(
      runbookAddress({ repository, config: { runbook: 'docs/runbook.md' } }),
      'https://git.example/shop/shelf/blob/main/docs/runbook.md',
    );
    const runbook = 'https://wiki.example/runbook';
    assert.equal(runbookAddress({ repository, config: { runbook } }), runbook);
  });

  it('each have a test that they fire, and one that they do not', () => {
    const tests = ['hotshelf', 'hours'].flatMap(
      (name) => yamlFile<{ tests: { alert_rule_test?: AlertTest[] }[] }>(`${FOLDER}/tests/${name}.yml`).tests,
    );
    const cases = tests.flatMap(({ alert_rule_test: tested = [] }) => tested);
    const alerts = rules.flatMap(({ alert }) => alert ?? []).sort();
    for (const fires of [true, false]) {
      const tested = cases.filter(({ exp_alerts: expected = [] }) => expected.length > 0 === fires);
      assert.deepEqual([...new Set(tested.map(({ alertname }) => alertname))].sort(), alerts);
    }
  });

  it('each have their section in the runbook, in the order that a woken person needs, and no section is about another', () => {
    const runbook = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');
    const sections = [...runbook.matchAll(/^### (Hotshelf\w+)\n([^#]*(?:#(?!## )[^#]*)*)/gm)];
    assert.deepEqual(
      sections.map(([, name]) => name).sort(),
      rules.flatMap(({ alert }) => alert ?? []).sort(),
    );
    for (const [, name, text = ''] of sections)
      assert.deepEqual(
        [...text.matchAll(/^- (How bad|To run|By itself)\b/gm)].map(([, part]) => part),
        ['How bad', 'To run', 'By itself'],
        name,
      );
  });

  it('are named in the runbook by each row of the fault table, as check:faults expects them', () => {
    const runbook = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');
    const [, table = ''] = /^## Automatic reactions\n([^#]*)/m.exec(runbook) ?? [];
    const rows = [...table.matchAll(/^\| (?!what breaks|---)(.+?) \|.* \| (.+) \|$/gm)].map(
      ([, what = '', alerts = '']) => ({ what, alerts }),
    );
    assert.ok(rows.length >= 10);
    const known = new Set(rules.flatMap(({ alert }) => alert ?? []));
    for (const { what, alerts } of rows) {
      const named = alerts.match(/Hotshelf\w+/g) ?? [];
      assert.ok(named.length > 0 || alerts === 'none', what);
      for (const name of named) assert.ok(known.has(name), `${what}: ${name}`);
    }
    for (const [fault, { row, fires }] of Object.entries<Expected>(EXPECTED)) {
      const alerts = rows.find(({ what }) => what.startsWith(row))?.alerts;
      assert.ok(alerts, `${fault} has no row`);
      for (const alert of fires) assert.ok(alerts.includes(alert.split(' ')[0] ?? ''), `${fault}: ${alert}`);
    }
  });

  it('are accepted by promtool with prometheus.yml, and fire as their tests say', async () => {
    const { code, output } = await runCommand(process.execPath, ['test/alerts/main.ts'], { cwd: ROOT });
    assert.equal(code, 0, output);
    assert.match(output, /^4 passed, 0 failed$/m);
  });

  it('select series of the job alone: another service may use the same names', () => {
    for (const { expr } of rules)
      for (const [selector] of expr.matchAll(/\b[a-z]\w+\{[^}]*\}/g))
        assert.ok(selector.includes('job="hotshelf"'), selector);
  });
});
