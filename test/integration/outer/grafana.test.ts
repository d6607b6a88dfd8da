import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startApi } from '../../support/api.ts';
import { projectFile, ROOT, yamlFile } from './support/project.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

interface Mounts {
  readonly services: Record<string, { volumes: string[]; environment: Record<string, string> }>;
}

const FOLDER = 'docker/grafana';
const { services } = yamlFile<Mounts>('docker/compose.yaml');
const grafana = services['grafana'];
const { datasources } = yamlFile<{ datasources: { uid: string; url: string }[] }>(
  `${FOLDER}/provisioning/datasources/prometheus.yaml`,
);
const dashboards = readdirSync(join(ROOT, FOLDER, 'dashboards'))
  .filter((name) => name.endsWith('.json'))
  .map((name) => [name, JSON.parse(projectFile(`${FOLDER}/dashboards/${name}`)) as Dashboard] as const);

/** Every series that a process shows, and those that Prometheus makes of a histogram. */
async function seriesNames(): Promise<string[]> {
  const api = await startApi({ DATABASE_URL: 'postgres://nouser:x@127.0.0.1:1/none' });
  try {
    const page = await (await api.get('/metrics')).text();
    return [...page.matchAll(/^# TYPE (\S+) (\S+)/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? ['bucket', 'count', 'sum'].map((suffix) => `${name}_${suffix}`) : [name],
    );
  } finally {
    await api.stop();
  }
}

describe('the dashboards', () => {
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
    assert.ok(dashboards.some(([name]) => home.endsWith(`/${name}`)));
  });

  it('read the one Prometheus of the composition', () => {
    assert.deepEqual(
      datasources.map(({ uid, url }) => [uid, url]),
      [['prometheus', 'http://prometheus:9090']],
    );
    for (const [name, { panels }] of dashboards)
      for (const { datasource, title, type } of panels)
        if (type !== 'row') assert.equal(datasource?.uid, 'prometheus', `${name}: ${title}`);
  });

  it('show only series that the service has, of the chosen instances', async () => {
    const known = new Set(['up', ...(await seriesNames())]);
    for (const [name, { panels, templating }] of dashboards) {
      assert.deepEqual(
        templating.list.map((variable) => variable.name),
        ['instance'],
      );
      for (const { title, targets = [] } of panels) {
        for (const { expr } of targets) {
          const used = expr.match(/\b[a-z][a-z0-9_]*(?=\{)/g) ?? [];
          assert.ok(used.length > 0, `${name}: ${title}`);
          for (const series of used) assert.ok(known.has(series), `${name}: ${title}: ${series}`);
          assert.equal(expr.split('instance=~"$instance"').length - 1, used.length, `${name}: ${title}`);
        }
      }
    }
  });

  it('have panels of their own place and number', () => {
    for (const [name, { panels }] of dashboards) {
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, name);
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
      );
      assert.equal(new Set(cells).size, cells.length, `${name}: panels overlap`);
    }
    assert.equal(new Set(dashboards.map(([, { uid }]) => uid)).size, dashboards.length);
  });
});
