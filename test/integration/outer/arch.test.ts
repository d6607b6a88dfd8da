import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { archFaults } from '../../shipping/arch.ts';

const ELF = { x64: 62, arm64: 183 };

function elfOf(machine: number): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.writeUInt16LE(machine, 18);
  return header;
}

describe('the check that production runs on linux-arm64', () => {
  let modules: string;

  beforeEach(async () => {
    modules = await mkdtemp(join(tmpdir(), 'hotshelf-modules-'));
  });
  afterEach(() => rm(modules, { recursive: true }));

  async function write(path: string, content: string | Buffer): Promise<void> {
    await mkdir(dirname(join(modules, path)), { recursive: true });
    await writeFile(join(modules, path), content);
  }

  it('passes a tree of JavaScript', async () => {
    await write('plain/index.js', 'export {};');
    assert.deepEqual(await archFaults(modules), []);
  });

  it('refuses a native add-on that has no build for it, by the name of its package', async () => {
    await write('@scope/fast/build/fast.node', elfOf(ELF.x64));
    await write(
      'outer/node_modules/inner/prebuilds/darwin-arm64.node',
      Buffer.from('cffaedfe0c000001', 'hex'),
    );
    const faults = await archFaults(modules);
    assert.deepEqual(faults.map((fault) => fault.package).toSorted(), [
      '@scope/fast',
      'outer/node_modules/inner',
    ]);
  });

  it('passes a native add-on that brings a build for it beside others', async () => {
    await write('fast/prebuilds/linux-x64/fast.node', elfOf(ELF.x64));
    await write('fast/prebuilds/linux-arm64/fast.node', elfOf(ELF.arm64));
    assert.deepEqual(await archFaults(modules), []);
  });

  it('refuses a package that an install script would have to compile', async () => {
    await write('compiled/binding.gyp', '{}');
    assert.deepEqual(
      (await archFaults(modules)).map((fault) => fault.package),
      ['compiled'],
    );
  });
});
