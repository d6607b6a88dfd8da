import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OLDEST_NODE, type ProjectManifest } from './manifest.ts';
import { PLANS, SCOPE } from './plan.ts';

const NAME = 'create';
const MAIN = 'apps/create/src/main.js';
/** The reading of a command line is that of the project's other commands; the rest needs nothing but Node. */
const FILES = ['apps/create/src', 'apps/local/src/command-line.js', 'apps/local/src/command-line.js.map'];
const DEPENDENCY = 'fastest-levenshtein';

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
  await mkdir(folder, { recursive: true });
  // It has no API, so its types are of no use.
  const isShipped = (file: string) => !file.endsWith('.d.ts');
  for (const file of FILES)
    await cp(join(staging, file), join(folder, file), { recursive: true, filter: isShipped });
  const manifest = {
    name: `${SCOPE}/${NAME}`,
    version: project.version,
    description: 'Adds coherent cached routes to a NestJS application: npx @hotshelf/create',
    license: project.license,
    type: 'module',
    engines: { node: OLDEST_NODE },
    bin: { 'hotshelf-create': MAIN },
    exports: { './package.json': './package.json' },
    dependencies: { [DEPENDENCY]: `^${project.dependencies[DEPENDENCY]}` },
  };
  const own = PLANS.map(({ name }) => [`${SCOPE}/${name}`, `^${project.version}`]);
  const needed = { packages: { ...Object.fromEntries(own), ...peers } };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(join(folder, 'needed.json'), `${JSON.stringify(needed, null, 2)}\n`);
  return { name: NAME, folder };
}
