import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { create } from '#src/apps/create/src/create';

export const NEEDED = {
  packages: { '@hotshelf/nestjs': '^1.2.3', '@nestjs/core': '^12.5.1', pg: '^8.23.1', typeorm: '^1.1.1' },
};
export const NOW = new Date('2026-03-04T05:06:07.089Z');
export const ARTICLES = ['--table', 'articles', '--key', 'slug', '--groups', 'author'];

/** Runs the command on a folder. `files` are those that it names, with what became of them. */
export function run(folder: string, args: readonly string[] = ARTICLES, now = NOW) {
  let [output, complaint] = ['', ''];
  const code = create([folder, ...args], NEEDED, now, {
    out: (text) => {
      output += text;
    },
    error: (text) => {
      complaint += text;
    },
  });
  const lines = output.matchAll(/^(created|changed|unchanged|conflict) +(\S+)$/gm);
  const files = Object.fromEntries([...lines].map(([, became = '', path = '']) => [path, became]));
  return { code, output, complaint, files };
}

/** Every file of an application with its text. */
export function snapshot(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  const kept = files.filter((each) => each.isFile() && !each.parentPath.includes('node_modules'));
  const paths = kept.map((each) => join(each.parentPath, each.name)).sort();
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}

/** Writes files, with their folders. */
export async function put(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

export const read = (folder: string, path: string) => readFileSync(join(folder, path), 'utf8');

export const exists = (folder: string, path: string) => existsSync(join(folder, path));

/** Adds packages to the dependencies of an application. */
export async function depend(folder: string, packages: Readonly<Record<string, string>>): Promise<void> {
  const manifest = JSON.parse(read(folder, 'package.json'));
  const changed = { ...manifest, dependencies: { ...manifest.dependencies, ...packages } };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(changed, null, 2)}\n`);
}
