import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { DASHBOARDS } from '../../../deploy/dashboards/all.ts';
import { panelsOf } from '../../../deploy/dashboards/metrics-table.ts';
import { findProgram } from '../../alerts/programs.ts';
import { type Api, startApi } from '../../support/api.ts';
import { projectFile, ROOT } from './support/project.ts';

interface Shown {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

/** What a process shows that has nothing to do. */
function shownIn(page: string): Shown[] {
  const types = new Map(
    [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]),
  );
  return [...page.matchAll(/^# HELP (\S+) (.+)$/gm)].map(([, name = '', help = '']) => ({
    name,
    type: types.get(name) ?? '',
    help,
  }));
}

/** The rows of docs/metrics.md. */
const rows = [
  ...projectFile('docs/metrics.md').matchAll(
    /^\| `([a-z0-9_]+)` \| (\w+) \| (.+) \| (.+) \| (.+) \| (.+) \|$/gm,
  ),
].map(([, name = '', type, labels = '', unit, meaning = '', panel = '']) => ({
  name,
  type,
  labels,
  unit,
  meaning,
  panel,
}));

/** Node's and the process's own: prom-client describes them, and the page as one row for all. */
const isOwn = ({ name }: { name: string }) => !/^(?:nodejs|process)_/.test(name);

describe('the metrics page', { timeout: 120_000 }, () => {
  let api: Api;
  let page: string;

  before(async () => {
    api = await startApi({
      DATABASE_URL: 'postgres://nouser:x@127.0.0.1:1/none',
      BUILD_VERSION: '1.2.3-rc.1',
      BUILD_COMMIT: '0123abc',
    });
    page = await (await api.get('/metrics')).text();
  });
  after(() => api.stop());

  it('is what docs/metrics.md says, metric by metric, in the same words', () => {
    const byName = (one: { name: string }, other: { name: string }) => one.name.localeCompare(other.name);
    assert.deepEqual(
      rows.map(({ name, type, meaning }) => ({ name, type, help: meaning })).sort(byName),
      shownIn(page).filter(isOwn).sort(byName),
    );
  });

  it('has no labels but those of docs/metrics.md', () => {
    for (const { name, labels, type } of rows) {
      const documented = [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).sort();
      const suffix = type === 'histogram' ? '_count' : '';
      const series = new RegExp(`^${name}${suffix}(?:\\{(.*)\\})? `, 'm').exec(page);
      // Some have no series before something happens.
      if (series === null) continue;
      const used = [...(series[1] ?? '').matchAll(/(\w+)="/g)].map(([, label = '']) => label).sort();
      assert.deepEqual(used, documented, name);
    }
  });

  it('has the panels of each metric in docs/metrics.md, and a panel for each metric', () => {
    assert.deepEqual(
      rows.map(({ name, panel }) => [name, panel]),
      rows.map(({ name }) => [name, panelsOf(name, DASHBOARDS)]),
    );
    assert.deepEqual(
      rows.filter(({ panel }) => panel === '–').map(({ name }) => name),
      [],
      'add a panel in deploy/dashboards and run npm run dashboards',
    );
  });

  it('names the build and the release of Node', () => {
    const [, labels] = /^hotshelf_build_info\{(.*)\} 1$/m.exec(page) ?? [];
    assert.match(labels ?? '', /^version="1\.2\.3-rc\.1",commit="0123abc",node="\d+\.\d+\.\d+"$/);
  });

  it('varies by Accept in each format', async () => {
    for (const accept of ['text/plain', 'application/openmetrics-text'])
      assert.equal((await api.get('/metrics', { accept })).headers.get('vary'), 'Accept', accept);
  });

  it('has the same series in OpenMetrics, and their counters end as that format asks', async () => {
    const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.3';
    // Without those that come and go with what the process has open.
    const seriesOf = (text: string) =>
      new Set([...text.matchAll(/^(?!nodejs_active_)[^#\s][^\s{]*/gm)].map(([name]) => name));
    const earlier = seriesOf(await (await api.get('/metrics')).text());
    const response = await api.get('/metrics', { accept });
    assert.equal(
      response.headers.get('content-type'),
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    const open = await response.text();
    assert.ok(open.endsWith('\n# EOF\n'));
    assert.ok(!open.includes('\n\n'));
    const later = seriesOf(await (await api.get('/metrics')).text());
    // Some have no series before something happens, which may be between two pages.
    const inOpen = seriesOf(open);
    assert.deepEqual(
      [...earlier].filter((name) => !inOpen.has(name)),
      [],
    );
    assert.deepEqual(
      [...inOpen].filter((name) => !later.has(name)),
      [],
    );
    for (const [, family] of open.matchAll(/^# TYPE (\S+) counter$/gm)) {
      assert.doesNotMatch(family ?? '', /_total$/);
      assert.match(open, new RegExp(`^${family}_total[ {]`, 'm'), family);
    }
  });

  it('is found without fault by promtool', async () => {
    const promtool = spawn(await findProgram('promtool', `${ROOT}/.hotshelf`), ['check', 'metrics'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    promtool.stdin.end(page);
    const [output, complaints, [code]] = await Promise.all([
      text(promtool.stdout),
      text(promtool.stderr),
      once(promtool, 'exit'),
    ]);
    assert.deepEqual([code, output, complaints], [0, '', '']);
  });
});
