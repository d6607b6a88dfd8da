// npm run packages
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { commandLine } from '../../apps/local/src/command-line.ts';
import { apiReport, REPORTS } from './api-report.ts';
import { buildPackages } from './build-packages.ts';

const USAGE = `npm run packages

Builds @hotshelf/cache, @hotshelf/coherence and @hotshelf/nestjs from libs/, and @hotshelf/create from apps/create, into
dist/packages/, packs them, and writes the reports of the public API to docs/api-reports/.

  --help   this text`;
commandLine({ usage: USAGE, options: {} });

const ROOT = join(import.meta.dirname, '../..');
const built = await buildPackages(join(ROOT, 'dist/packages'));
await mkdir(REPORTS, { recursive: true });
for (const { name, kind, folder, tarball } of built) {
  if (kind === 'library') await writeFile(join(REPORTS, `${name}.md`), apiReport(name, folder));
  process.stdout.write(`${relative(ROOT, tarball)}\n`);
}
