import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { type Door, type ProjectManifest, packageManifest } from './manifest.ts';
import { PLANS, packageOf, SCOPE } from './plan.ts';
import { buildProgram } from './program.ts';

const ROOT = join(import.meta.dirname, '../..');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const DOORS = ['index', 'events', 'nest'];

/** A built package. */
export interface BuiltPackage {
  readonly name: string;
  /** A program has no API: no types and no report. */
  readonly kind: 'library' | 'program';
  readonly folder: string;
  /** What `npm pack` makes of it. */
  readonly tarball: string;
}

/**
 * Compiles the libs and puts them together as packages that can be installed.
 *
 * @param out the folder that gets `<name>/` and `<scope>-<name>-<version>.tgz` for each; what it held is removed
 * @throws Error with the compiler's output if the libs do not compile
 */
export async function buildPackages(out: string): Promise<BuiltPackage[]> {
  const project = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as ProjectManifest;
  await rm(out, { recursive: true, force: true });
  const staging = join(out, '.staging');
  await succeed(process.execPath, [TSC, '-p', 'deploy/packages/tsconfig.json', '--outDir', staging], ROOT);
  const libs = await readdir(join(staging, 'libs'));
  const doors = (await Promise.all(libs.map((lib) => doorsOf(staging, lib)))).flat();
  // Each package finds the others as if they were installed.
  const links = join(out, 'node_modules', SCOPE);
  await mkdir(links, { recursive: true });
  const pack = async (name: string, kind: BuiltPackage['kind'], folder: string): Promise<BuiltPackage> => {
    await cp(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
    await cp(join(import.meta.dirname, 'readmes', `${name}.md`), join(folder, 'README.md'));
    await succeed('npm', ['pack', '--silent', '--pack-destination', out], folder);
    return { name, kind, folder, tarball: join(out, `${SCOPE.slice(1)}-${name}-${project.version}.tgz`) };
  };
  const built: BuiltPackage[] = [];
  let peers: Readonly<Record<string, string>> = {};
  for (const plan of PLANS) {
    const folder = join(out, plan.name);
    await mkdir(folder, { recursive: true });
    await symlink(folder, join(links, plan.name));
    for (const lib of libs.filter((each) => PLANS[packageOf(each)] === plan))
      await cp(join(staging, 'libs', lib), join(folder, 'libs', lib), { recursive: true });
    await copyEntry(join(staging, 'deploy/packages/entries', plan.name), folder);
    const manifest = packageManifest(plan, project, doors, await importsIn(folder));
    await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    peers = Object.fromEntries(
      Object.entries(manifest.peerDependencies).filter(([name]) => plan.peers.includes(name)),
    );
    built.push(await pack(plan.name, 'library', folder));
  }
  const program = await buildProgram(staging, out, project, peers);
  built.push(await pack(program.name, 'program', program.folder));
  await rm(staging, { recursive: true });
  return built;
}

/** @throws Error with what the command printed if it fails */
async function succeed(command: string, args: readonly string[], cwd: string): Promise<void> {
  try {
    await promisify(execFile)(command, args, { cwd });
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

async function doorsOf(staging: string, lib: string): Promise<Door[]> {
  const files = await readdir(join(staging, 'libs', lib, 'src'));
  return DOORS.filter((door) => files.includes(`${door}.js`)).map((door) => ({ lib, door }));
}

/** The entry point moves to the package's top, and so does what its map says of its source. */
async function copyEntry(entry: string, folder: string): Promise<void> {
  const name = entry.slice(entry.lastIndexOf('/') + 1);
  for (const end of ['.js', '.js.map', '.d.ts']) {
    const text = await readFile(entry + end, 'utf8');
    const moved = text
      .replaceAll(`${name}.js`, 'index.js')
      .replace(/"sources":\["[^"]*"\]/, '"sources":["index.ts"]');
    await writeFile(join(folder, `index${end}`), moved);
  }
}

/** What the compiled files and their types import: libs, and packages of npm. */
async function importsIn(folder: string): Promise<{ libs: Set<string>; npm: Set<string> }> {
  const libs = new Set<string>();
  const npm = new Set<string>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile() || !/\.(?:js|d\.ts)$/.test(entry.name)) continue;
    const text = await readFile(join(entry.parentPath, entry.name), 'utf8');
    for (const { fileName } of ts.preProcessFile(text).importedFiles) {
      const [, lib] = /^#libs\/([^/]+)/.exec(fileName) ?? [];
      const [name] = /^(?:@[^/]+\/)?[^/]+/.exec(fileName) ?? [];
      if (lib !== undefined) libs.add(lib);
      else if (name !== undefined && !/^(?:\.|node:)/.test(fileName)) npm.add(name);
    }
  }
  return { libs, npm };
}
