import { readFile, writeFile } from 'node:fs/promises';
import { commandLine } from '../apps/local/src/command-line.ts';
import { withRunbook } from './runbook-address.ts';

// The alert rules stand once, in docker/prometheus/rules/hotshelf.yml. This writes the copies that Kubernetes needs: the
// PrometheusRule of the production overlay and the rules of the chart. `--check` writes nothing and fails if one differs.

const USAGE = `npm run rules [-- --check | --runbook <address>]

Writes the Prometheus rules of docker/prometheus into the Kubernetes manifests and the chart.

  --check       writes nothing; exits with 1 if a copy differs
  --runbook     the address of docs/runbook.md, to which alerts and dashboards link; run npm run dashboards after it
  --help        this text`;
const { check, runbook } = commandLine({
  usage: USAGE,
  options: { check: { type: 'boolean', default: false }, runbook: { type: 'string' } },
}).values;

const url = (path: string) => new URL(path, import.meta.url);
const RULES = url('../docker/prometheus/rules/hotshelf.yml');
if (runbook !== undefined) await writeFile(RULES, withRunbook(await readFile(RULES, 'utf8'), runbook));
const source = await readFile(RULES, 'utf8');
const note = '# Written by `npm run rules` from docker/prometheus/rules/hotshelf.yml.\n';
const indent = (text: string) => text.replace(/^(?=.)/gm, '  ');

const copies: readonly (readonly [string, string])[] = [
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

for (const [path, text] of copies) {
  if (check) {
    const actual = await readFile(url(path), 'utf8').catch(() => '');
    if (actual === text) continue;
    process.stderr.write(
      `deploy/${path} is not that of docker/prometheus/rules/hotshelf.yml: run npm run rules\n`,
    );
    process.exitCode = 1;
  } else await writeFile(url(path), text);
}
