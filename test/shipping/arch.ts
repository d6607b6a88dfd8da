import { cp, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { commandLine } from '../../apps/local/src/command-line.ts';
import { runCommand } from '../support/run-command.ts';

const ROOT = join(import.meta.dirname, '../..');

/** e_machine of an ELF header (ELF-64 Object File Format, version 1.5). */
const ELF_MAGIC = 0x7f_45_4c_46;
const EM_AARCH64 = 183;
const MACHINE_OFFSET = 18;

/** A package that a release installs and that cannot run on linux-arm64, and why. */
export interface ArchFault {
  readonly package: string;
  readonly reason: string;
}

/**
 * Finds the native code of a production tree that has no build for linux-arm64. The image's node_modules is installed on
 * the builder's platform and copied to the other one, so such a package would start there and then fail.
 *
 * @param modules the node_modules folder of `npm ci --omit=dev --omit=optional --ignore-scripts`
 */
export async function archFaults(modules: string): Promise<ArchFault[]> {
  const files = (await readdir(modules, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const faults: ArchFault[] = [];
  const addOns = new Map<string, string[]>();
  for (const entry of files) {
    const path = join(entry.parentPath, entry.name);
    const name = packageOf(relative(modules, path));
    if (entry.name.endsWith('.node')) addOns.set(name, [...(addOns.get(name) ?? []), path]);
    if (entry.name === 'binding.gyp' && !addOns.has(name)) addOns.set(name, []);
  }
  for (const [name, paths] of addOns) {
    const builds = await Promise.all(paths.map(isLinuxArm64));
    if (paths.length === 0)
      faults.push({
        package: name,
        reason: 'is compiled by an install script, which the image does not run',
      });
    else if (!builds.includes(true))
      faults.push({ package: name, reason: 'has a native add-on, and none for linux-arm64' });
  }
  return faults;
}

/** `a/b.js` is of package a, `@s/a/b.js` of @s/a, `a/node_modules/c/d.js` of a/node_modules/c. */
function packageOf(path: string): string {
  const parts = path.split('/');
  const start = parts.lastIndexOf('node_modules') + 1;
  const scoped = parts[start]?.startsWith('@') === true;
  return parts.slice(0, start + (scoped ? 2 : 1)).join('/');
}

async function isLinuxArm64(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MACHINE_OFFSET + 2), 0, MACHINE_OFFSET + 2, 0);
    if (bytesRead < MACHINE_OFFSET + 2 || buffer.readUInt32BE(0) !== ELF_MAGIC) return false;
    return buffer.readUInt16LE(MACHINE_OFFSET) === EM_AARCH64;
  } finally {
    await file.close();
  }
}

/** Installs a release's dependencies as the image does. */
export async function installProduction(folder: string): Promise<string> {
  for (const name of ['package.json', 'package-lock.json']) await cp(join(ROOT, name), join(folder, name));
  const args = ['ci', '--omit=dev', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { code, output } = await runCommand('npm', args, { cwd: folder });
  if (code !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${output}`);
  return join(folder, 'node_modules');
}

const USAGE = `npm run check:arch

Installs the production dependencies and fails if one has native code without a build for linux-arm64.

  --help        this text`;

if (process.argv[1] === import.meta.filename) {
  commandLine({ usage: USAGE, options: {} });
  const folder = await mkdtemp(join(tmpdir(), 'hotshelf-arch-'));
  try {
    const faults = await archFaults(await installProduction(folder));
    for (const fault of faults) process.stdout.write(`✖ ${fault.package} ${fault.reason}\n`);
    if (faults.length === 0) process.stdout.write('✔ every production dependency runs on linux-arm64\n');
    process.stdout.write(`${faults.length === 0 ? 1 : 0} passed, ${faults.length} failed\n`);
    process.exitCode = faults.length === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
