import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { runCommand } from './run-command.ts';

const ROOT = join(import.meta.dirname, '../..');

/** As `nest new` asks for it. */
export type ModuleSystem = 'esm' | 'cjs';

/** Makes the files that `nest new` makes: an application on Express. */
export async function makeNestApp(folder: string, type: ModuleSystem): Promise<void> {
  const flags = [`--name=${basename(folder)}`, `--directory=${basename(folder)}`, `--type=${type}`];
  const usual = ['--language=ts', '--package-manager=npm', '--observe=false', '--no-dry-run'];
  const { code, output } = await runCommand(
    process.execPath,
    [join(ROOT, 'node_modules/.bin/schematics'), '@nestjs/schematics:application', ...flags, ...usual],
    { cwd: dirname(folder), env: process.env },
  );
  if (code !== 0) throw new Error(output);
}

/** Has them run on Fastify, as the documentation of Nest says. */
export async function onFastify(folder: string): Promise<void> {
  await edit(join(folder, 'package.json'), (text) =>
    text.replace('"@nestjs/platform-express"', '"@nestjs/platform-fastify"'),
  );
  await edit(join(folder, 'src/main.ts'), (text) =>
    text
      .replace(/^/, `import { FastifyAdapter } from '@nestjs/platform-fastify';\n`)
      .replace('create(AppModule', 'create(AppModule, new FastifyAdapter()'),
  );
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error(`nothing of ${file} was changed`);
  await writeFile(file, changed);
}

/** Texts by paths of the applications that are made already: a schematic takes longer than what is tested with it. */
const made = new Map<ModuleSystem, ReadonlyMap<string, string>>();

/** The same in a temporary folder, with the compiler alone installed. Disposing removes it. */
export async function temporaryNestApp(type: ModuleSystem): Promise<{ folder: string } & AsyncDisposable> {
  const above = await mkdtemp(join(tmpdir(), 'hotshelf-nest-app-'));
  const folder = join(above, 'shop');
  const texts = made.get(type);
  if (texts === undefined) {
    await makeNestApp(folder, type);
    made.set(type, await textsOf(folder));
  } else
    for (const [path, text] of texts) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  await mkdir(join(folder, 'node_modules'));
  await symlink(join(ROOT, 'node_modules/typescript'), join(folder, 'node_modules/typescript'));
  return { folder, [Symbol.asyncDispose]: () => rm(above, { recursive: true }) };
}

async function textsOf(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  const texts = paths.map(async (path) => [relative(folder, path), await readFile(path, 'utf8')] as const);
  return new Map(await Promise.all(texts));
}
