import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiReport, REPORTS } from '../../../deploy/packages/api-report.ts';
import { buildPackages } from '../../../deploy/packages/build-packages.ts';
import { runCreatedApp, VARIANTS } from './created-app.ts';
import { runEngineAlone } from './engine-alone.ts';
import { faultsOf } from './linters.ts';
import { runOutsideApp, STARTS } from './outside-app.ts';

/** Builds the packages, lints them, and uses them as a stranger does: installed by npm in folders outside the project. */
const scratch = await mkdtemp(join(tmpdir(), 'hotshelf-packages-'));
const counts = { passed: 0, failed: 0 };
async function check(title: string, run: () => Promise<string>): Promise<void> {
  try {
    const found = await run();
    counts.passed += 1;
    process.stdout.write(`✔ ${title}${found === '' ? '' : `: ${found}`}\n`);
  } catch (error) {
    counts.failed += 1;
    process.stdout.write(`✖ ${title}\n${error instanceof Error ? error.stack : error}\n`);
  }
}

try {
  const built = await buildPackages(join(scratch, 'built'));
  for (const each of built) {
    await check(`@hotshelf/${each.name} has no fault that a linter of packages finds`, async () => {
      assert.deepEqual(await faultsOf(each), []);
      return '';
    });
    if (each.kind === 'library')
      await check(`the report of the API of @hotshelf/${each.name} is that of the code`, async () => {
        const written = await readFile(join(REPORTS, `${each.name}.md`), 'utf8');
        const isWritten = written === apiReport(each.name, each.folder);
        assert.ok(isWritten, 'it is not: run `npm run packages` and review what changed in docs/api-reports');
        return '';
      });
  }
  await check('the engine runs where there is no Nest, no HTTP and no SQL', () =>
    runEngineAlone(join(scratch, 'engine'), built),
  );
  for (const [name, start] of Object.entries(STARTS))
    await check(
      `a fresh application on ${name} takes the packages, and sees an UPDATE of another program`,
      () => runOutsideApp(join(scratch, name), built, start),
    );
  for (const [title, variant] of Object.entries(VARIANTS))
    await check(`the generator adds a coherent route to a fresh application of Nest: ${title}`, () =>
      runCreatedApp(join(scratch, variant.type, 'fresh'), variant, built),
    );
} finally {
  await rm(scratch, { recursive: true, force: true });
}
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
process.exitCode = counts.failed === 0 ? 0 : 1;
