import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandLine } from '../../apps/local/src/command-line.ts';
import { runbookAddress } from '../runbook-address.ts';
import { DASHBOARDS } from './all.ts';
import { grafanaJson } from './grafana.ts';
import { withPanels } from './metrics-table.ts';

// The dashboards stand once, in deploy/dashboards. This writes what Grafana reads, and names their panels in docs/metrics.md.

const USAGE = `npm run dashboards [-- --check]

Writes the dashboards of deploy/dashboards as JSON into docker/grafana/dashboards, and their panels into docs/metrics.md.

  --check       writes nothing; exits with 1 if a file differs
  --help        this text`;
const { check } = commandLine({
  usage: USAGE,
  options: { check: { type: 'boolean', default: false } },
}).values;

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const read = (name: string) => {
  try {
    return readFileSync(path(name), 'utf8');
  } catch {
    return '';
  }
};
const runbook = runbookAddress();
const files: readonly (readonly [name: string, text: string])[] = [
  ...DASHBOARDS.map(
    (dashboard) =>
      [
        `docker/grafana/dashboards/${dashboard.name}.json`,
        `${JSON.stringify(grafanaJson(dashboard, runbook), null, 2)}\n`,
      ] as const,
  ),
  ['docs/metrics.md', withPanels(read('docs/metrics.md'), DASHBOARDS)],
];

for (const [name, text] of files) {
  if (!check) {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
  } else if (read(name) !== text) {
    process.stderr.write(`${name} is not that of deploy/dashboards: run npm run dashboards\n`);
    process.exitCode = 1;
  }
}
