import { readFile, writeFile } from 'node:fs/promises';
import { commandLine } from '../apps/local/src/command-line.ts';
import { runbookAddress, withRunbook } from './runbook-address.ts';

// The alert rules stand once, in docker/prometheus/rules/hotshelf.yml. This writes the address of the runbook into them, and the
// copies that Kubernetes needs: the PrometheusRule of the production overlay and the rules of the chart.

const USAGE = `npm run rules [-- --check]

Writes the Prometheus rules of docker/prometheus into the Kubernetes manifests and the chart. Alerts link to the runbook that
package.json names: config.runbook is a path in its repository, or an address. Run npm run dashboards after a change of it.

  --check       writes nothing; exits with 1 if a copy differs
  --help        this text`;
const { check } = commandLine({
  usage: USAGE,
  options: { check: { type: 'boolean', default: false } },
}).values;

const url = (path: string) => new URL(path, import.meta.url);
const RULES = url('../docker/prometheus/rules/hotshelf.yml');
const TESTS = ['../docker/prometheus/tests/hotshelf.yml', '../docker/prometheus/tests/hours.yml'];
const [source = '', ...tests] = (
  await Promise.all([RULES, ...TESTS.map(url)].map((file) => readFile(file, 'utf8')))
).map((text) => withRunbook(text, runbookAddress()));
const note = '# Written by `npm run rules` from docker/prometheus/rules/hotshelf.yml.\n';
const indent = (text: string) => text.replace(/^(?=.)/gm, '  ');

const files: readonly (readonly [string, string])[] = [
  ['../docker/prometheus/rules/hotshelf.yml', source],
  ...TESTS.map((path, n) => [path, tests[n] ?? ''] as const),
  [
    'k8s/overlays/production/prometheus-rule.yaml',
    `${note}apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: hotshelf
  labels:
    app.kubernetes.io/name: hotshelf
    app.kubernetes.io/part-of: hotshelf
spec:
${indent(source.slice(source.indexOf('groups:')))}`,
  ],
  ['k8s/chart/files/rules.yml', note + source],
];

for (const [path, text] of files) {
  if (check) {
    const actual = await readFile(url(path), 'utf8').catch(() => '');
    if (actual === text) continue;
    process.stderr.write(
      `deploy/${path} is not what package.json and docker/prometheus/rules/hotshelf.yml say: run npm run rules\n`,
    );
    process.exitCode = 1;
  } else await writeFile(url(path), text);
}
