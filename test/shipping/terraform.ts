import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from '@cdktf/hcl2json';
import { commandLine } from '../../apps/local/src/command-line.ts';
import { readConfiguration } from './terraform/configuration.ts';
import { moduleFolders, terraformFaults } from './terraform/faults.ts';
import { formatted } from './terraform/format.ts';
import type { Schema } from './terraform/schema.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'deploy/terraform');
const SCHEMA = join(import.meta.dirname, 'terraform/provider-schema.json');

const USAGE = `npm run check:terraform [-- flags]

Parses deploy/terraform and docker-bake.hcl and checks what they name: variables, references, arguments of modules and of
the providers' resources. It does not replace terraform validate.

  --format      lays the files out first
  --update      reads the providers' schemas again, from npm (about 40 MB), and keeps what is used of them
  --help        this text`;

const { format, update } = commandLine({
  usage: USAGE,
  options: { format: { type: 'boolean', default: false }, update: { type: 'boolean', default: false } },
}).values;

if (format) {
  for (const folder of moduleFolders(FOLDER)) {
    for (const [name, text] of Object.entries((await readConfiguration(folder)).files))
      writeFileSync(join(folder, name), formatted(text));
  }
}

if (update) {
  const { fetchSchema } = await import('./terraform/provider-schema.ts');
  const modules = await Promise.all(moduleFolders(FOLDER).map(readConfiguration));
  const types = (kind: 'resources' | 'data') => [
    ...new Set(modules.flatMap((module) => [...module[kind].keys()].map((name) => name.split('.')[0] ?? ''))),
  ];
  const schema = await fetchSchema({ resource: types('resources'), data: types('data') });
  // A line for each type, so that a new one is one line of a difference.
  writeFileSync(SCHEMA, `${JSON.stringify(schema).replace(/"(?:aws|random)_\w+":/g, '\n$&')}\n`);
}

let [passed, failed] = [0, 0];
function report(name: string, faults: readonly string[]): void {
  process.stdout.write(
    `${faults.length === 0 ? '✔' : '✖'} ${name}\n${faults.map((fault) => `    ${fault}\n`).join('')}`,
  );
  if (faults.length === 0) passed += 1;
  else failed += 1;
}

const schema = JSON.parse(
  existsSync(SCHEMA) ? readFileSync(SCHEMA, 'utf8') : '{"resource":{},"data":{}}',
) as Schema;
for (const [folder, faults] of await terraformFaults(FOLDER, schema)) report(relative(ROOT, folder), faults);
try {
  await parse('docker-bake.hcl', readFileSync(join(ROOT, 'docker/docker-bake.hcl'), 'utf8'));
  report('docker/docker-bake.hcl', []);
} catch (error) {
  report('docker/docker-bake.hcl', [String(error)]);
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
