import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../../support/until.ts';
import { type Home, makeHome } from './home.ts';
import { runStart, type Start } from './run-start.ts';

const ROOT = join(import.meta.dirname, '../../..');
const COPIED = [
  'apps',
  'libs',
  'dist',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'nest-cli.json',
  '.swcrc',
];
const SOURCE = 'apps/api/src/catalogue/products/product.ts';
const TEXT = 'There is no product ';
const OTHER = 'The catalogue lacks ';

describe('npm run dev', { timeout: 120_000 }, () => {
  /** A copy of the project: a change of its sources is no change of the ones under test. */
  let project: string;
  let home: Home;
  let dev: Start;
  let url: string;

  before(async () => {
    project = mkdtempSync(join(tmpdir(), 'hotshelf-dev-'));
    for (const name of COPIED) cpSync(join(ROOT, name), join(project, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
    home = await makeHome();
    dev = runStart(home, {}, [process.execPath, join(project, 'apps/local/src/start.ts'), '--watch']);
    ({ url } = await dev.ready());
    await until('it watches', () => dev.output().includes('Watching apps/ and libs/'));
  });
  after(async () => {
    await home?.endRuns();
    await home?.remove();
    rmSync(project, { recursive: true, force: true });
  });

  const change = (to: (text: string) => string) => {
    const path = join(project, SOURCE);
    const text = readFileSync(path, 'utf8');
    assert.notEqual(to(text), text);
    writeFileSync(path, to(text));
  };
  const detail = async () => {
    const address =
      dev
        .output()
        .match(/(?<=Restarted in [\d.]+ s: )\S+/g)
        ?.at(-1) ?? url;
    return ((await (await fetch(`${address}/products/none`)).json()) as { detail: string }).detail;
  };

  it('serves a change of a source without another command', async () => {
    assert.match(await detail(), /^There is no product/);
    change((text) => text.replace(TEXT, OTHER));
    await until('the new text is served', async () => /^The catalogue lacks/.test(await detail()), 60_000);
  });

  it('goes on with the service of before where a source does not compile, and takes the next change', async () => {
    const before = dev.started('dist/apps/api/src/main.js');
    change((text) => `${text}((`);
    await until('it says so', () => dev.output().includes('The service of before goes on'), 60_000);
    assert.deepEqual(dev.started('dist/apps/api/src/main.js'), before);
    assert.match(await detail(), /^The catalogue lacks/);
    change((text) => text.slice(0, -'(('.length).replace(OTHER, TEXT));
    await until('the first text is served again', async () => /^There is no/.test(await detail()), 60_000);
  });

  it('ends with all that it started', async () => {
    process.kill(dev.pid, 'SIGINT');
    assert.deepEqual(await dev.ended, { code: 0, signal: null });
    assert.ok(!dev.output().includes('has ended by itself'), dev.output());
  });
});
