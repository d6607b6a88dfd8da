import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from '@swc/core';
import { runCommand } from '../support/run-command.ts';
import { ROOT } from '../support/static-checks.ts';
import { type Marker, mutate } from './markers.ts';

/** As the Nest CLI compiles the project. */
const COMPILER = {
  swcrc: false,
  module: { type: 'es6' },
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true, dynamicImport: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    keepClassNames: true,
    experimental: { keepImportAttributes: true },
  },
} as const;

export async function compileSource(file: string, text: string): Promise<string> {
  return (await transform(text, { ...COMPILER, filename: join(ROOT, file) })).code;
}

/**
 * What a file compiles to without one of its guards.
 *
 * @throws Error if the marker does not fit what follows it, or the mutant does not compile
 */
export async function compileMutant(marker: Marker): Promise<string> {
  return compileSource(marker.file, mutate(await readFile(join(ROOT, marker.file), 'utf8'), marker));
}

/** A copy of the built project, in which guards are taken out while the project itself stays as it is. */
export interface MutantTree {
  /** Runs Node in the copy. */
  node(args: readonly string[]): Promise<{ code: number | null; output: string }>;
  /** Runs work on the copy without that guard. */
  without<T>(marker: Marker, work: () => Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

/** @param env the environment of the programs that are run in it */
export async function makeMutantTree(env: NodeJS.ProcessEnv): Promise<MutantTree> {
  const folder = await mkdtemp(join(tmpdir(), 'hotshelf-mutants-'));
  const { output } = await runCommand('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
  });
  const files = output.split('\n').filter((name) => name !== '');
  for (const name of new Set([...files.map((file) => file.split('/')[0] as string), 'dist']))
    await cp(join(ROOT, name), join(folder, name), { recursive: true });
  for (const name of ['node_modules', '.hotshelf']) await symlink(join(ROOT, name), join(folder, name));
  return {
    node: (args) => runCommand(process.execPath, args, { cwd: folder, env }),
    without: async (marker, work) => {
      const built = join(folder, 'dist', marker.file.replace(/\.ts$/, '.js'));
      const whole = await readFile(built, 'utf8');
      await writeFile(built, await compileMutant(marker));
      return work().finally(() => writeFile(built, whole));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
