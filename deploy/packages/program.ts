import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { OLDEST_NODE, type ProjectManifest } from './manifest.ts';
import { PLANS, SCOPE } from './plan.ts';

const NAME = 'create';
const MAIN = 'apps/create/src/main.js';

/**
 * Puts the program together that adds the packages to an application.
 *
 * @param staging where the sources are compiled
 * @param peers of the highest package that are not optional, with their ranges: the program writes them into a package.json
 */
export async function buildProgram(
  staging: string,
  out: string,
  project: ProjectManifest,
  peers: Readonly<Record<string, string>>,
): Promise<{ name: string; folder: string }> {
  const folder = join(out, NAME);
  const { files, packages } = await reachedFrom(staging, MAIN);
  // Without types: it has no API.
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    for (const end of ['', '.map']) await cp(join(staging, file + end), join(folder, file + end));
  }
  const manifest = {
    name: `${SCOPE}/${NAME}`,
    version: project.version,
    description: 'Adds coherent cached routes to a NestJS application: npx @hotshelf/create',
    license: project.license,
    type: 'module',
    engines: { node: OLDEST_NODE },
    bin: { 'hotshelf-create': MAIN },
    exports: { './package.json': './package.json' },
    dependencies: Object.fromEntries([...packages].sort().map((name) => [name, rangeOf(name, project)])),
  };
  const own = PLANS.map(({ name }) => [`${SCOPE}/${name}`, `^${project.version}`]);
  const needed = { packages: { ...Object.fromEntries(own), ...peers } };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(join(folder, 'needed.json'), `${JSON.stringify(needed, null, 2)}\n`);
  return { name: NAME, folder };
}

/** A program and what it imports, so that a file that one of them begins to import is there too. */
async function reachedFrom(
  staging: string,
  main: string,
): Promise<{ files: ReadonlySet<string>; packages: ReadonlySet<string> }> {
  const files = new Set([main]);
  const packages = new Set<string>();
  // A set goes on with those that are added meanwhile.
  for (const file of files) {
    const text = await readFile(join(staging, file), 'utf8');
    for (const { fileName } of ts.preProcessFile(text).importedFiles)
      if (fileName.startsWith('.')) files.add(join(dirname(file), fileName));
      else if (!fileName.startsWith('node:')) packages.add(fileName);
  }
  return { files, packages };
}

function rangeOf(name: string, { dependencies }: ProjectManifest): string {
  const version = dependencies[name];
  if (version === undefined) throw new Error(`${SCOPE}/${NAME} imports ${name}: no such dependency`);
  return `^${version}`;
}
