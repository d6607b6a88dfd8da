import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DASHBOARDS } from '../../../deploy/dashboards/all.ts';
import { grafanaJson } from '../../../deploy/dashboards/grafana.ts';
import { runbookAddress } from '../../../deploy/runbook-address.ts';
import { projectFile, ROOT, yamlFile } from './support/project.ts';

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource: { readonly uid: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly links?: readonly { readonly url: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly Target[];
}

interface Board {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
}

interface Mounts {
  readonly services: Record<string, { volumes: string[]; environment: Record<string, string> }>;
}

const FOLDER = 'docker/grafana';
const { services } = yamlFile<Mounts>('docker/compose.yaml');
const grafana = services['grafana'];
const files = readdirSync(join(ROOT, FOLDER, 'dashboards')).filter((name) => name.endsWith('.json'));
const boards = files.map(
  (name) => [name, JSON.parse(projectFile(`${FOLDER}/dashboards/${name}`)) as Board] as const,
);
const shown = boards.flatMap(([name, { panels }]) =>
  panels.filter(({ type }) => type !== 'row').map((panel) => ({ where: `${name}: ${panel.title}`, panel })),
);

describe('the dashboards', () => {
  it('are what their definitions make: run npm run dashboards', () => {
    assert.deepEqual(files.sort(), DASHBOARDS.map(({ name }) => `${name}.json`).sort());
    const runbook = runbookAddress();
    for (const dashboard of DASHBOARDS)
      assert.equal(
        projectFile(`${FOLDER}/dashboards/${dashboard.name}.json`),
        `${JSON.stringify(grafanaJson(dashboard, runbook), null, 2)}\n`,
      );
  });

  it('lie where Grafana is made to look for them', () => {
    const { providers } = yamlFile<{ providers: { options: { path: string } }[] }>(
      `${FOLDER}/provisioning/dashboards/hotshelf.yaml`,
    );
    const mounted = new Map(
      grafana?.volumes.map((mount) => mount.split(':').slice(0, 2).reverse()) as [string, string][],
    );
    const path = providers[0]?.options.path ?? '';
    assert.equal(mounted.get(path), './grafana/dashboards');
    assert.equal(mounted.get('/etc/grafana/provisioning'), './grafana/provisioning');
    const home = grafana?.environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
    assert.ok(home.startsWith(`${path}/`));
    assert.ok(files.some((name) => home.endsWith(`/${name}`)));
  });

  it('have the Prometheus of the composition to choose, and no other by its name', () => {
    const { datasources } = yamlFile<{ datasources: { type: string; url: string }[] }>(
      `${FOLDER}/provisioning/datasources/prometheus.yaml`,
    );
    assert.deepEqual(
      datasources.map(({ type, url }) => [type, url]),
      [['prometheus', 'http://prometheus:9090']],
    );
    for (const [name, { templating }] of boards) {
      const variables = templating.list.map((variable) => variable.name);
      assert.deepEqual(variables.slice(0, 3), ['datasource', 'job', 'instance'], name);
      assert.equal(variables.includes('route'), name === 'service.json');
    }
    for (const { where, panel } of shown)
      for (const { datasource } of [panel, ...(panel.targets ?? [])])
        assert.equal(datasource?.uid, '$datasource', where);
  });

  it('say of each panel what it means, in which unit, and where the runbook has more', () => {
    const runbook = projectFile('docs/runbook.md');
    const anchors = [...runbook.matchAll(/^##+ (.+)$/gm)].map(([, title = '']) =>
      title.toLowerCase().replaceAll(' ', '-'),
    );
    for (const { where, panel } of shown) {
      assert.ok((panel.description ?? '').length > 10, where);
      assert.ok(panel.fieldConfig?.defaults.unit, where);
      const [address, anchor = ''] = (panel.links?.[0]?.url ?? '').split('#');
      assert.equal(address, runbookAddress(), where);
      assert.ok(anchors.includes(anchor), `${where}: ${anchor}`);
    }
  });

  it('ask for the chosen processes alone', () => {
    for (const { where, panel } of shown)
      for (const { expr } of panel.targets ?? []) {
        const selectors = expr.match(/(?<![\w:])(?!ALERTS)[a-z]\w*\{[^}]*\}/g) ?? [];
        for (const selector of selectors)
          assert.ok(
            selector.includes('job="$job"') && selector.includes('instance=~"$instance"'),
            `${where}: ${selector}`,
          );
        assert.ok(selectors.length > 0 || /hotshelf:|ALERTS/.test(expr), where);
      }
  });

  it('mark breakers that opened, and restarts and releases', () => {
    for (const [name, { annotations }] of boards) {
      const marks = annotations.list.map((mark) => mark.name);
      for (const wanted of ['Breaker opened', 'Started or released', 'Worker restarted'])
        assert.ok(marks.includes(wanted), `${name}: ${wanted}`);
    }
  });

  it('have panels, queries and addresses of their own place, number and name', () => {
    for (const [name, { panels }] of boards) {
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, name);
      const titles = panels.flatMap(({ type, title }) => (type === 'row' ? [] : title));
      assert.equal(new Set(titles).size, titles.length, name);
      const cells = panels.flatMap(({ gridPos: { x, y, w, h }, title }) => {
        assert.ok(Number.isInteger(w) && x + w <= 24, `${name}: ${title}`);
        return Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`);
      });
      assert.equal(new Set(cells).size, cells.length, `${name}: panels overlap`);
      for (const { targets = [], title } of panels)
        assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, `${name}: ${title}`);
    }
    assert.equal(new Set(boards.map(([, { uid }]) => uid)).size, boards.length);
  });
});
