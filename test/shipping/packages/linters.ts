import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import type { BuiltPackage } from '../../../deploy/packages/build-packages.ts';

interface Manifest {
  readonly version: string;
  readonly imports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** What publint and Are The Types Wrong find, and versions that differ among the packages. */
export async function faultsOf({ kind, folder, tarball }: BuiltPackage): Promise<string[]> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  const { messages } = await publint({ pkgDir: folder, strict: true, pack: 'npm' });
  const linted = messages.map(
    (message) => formatMessage(message, manifest, { color: false }) ?? message.code,
  );
  if (kind === 'program') return linted;
  const packed = createPackageFromTarballData(new Uint8Array(await readFile(tarball)));
  const analysed = await checkPackage(packed);
  if (analysed.types === false) return [...linted, 'it has no types'];
  const typed = analysed.problems
    .filter((problem) => concernsReaders(problem, manifest))
    .map((each) => JSON.stringify(each));
  const versions = Object.entries(manifest.dependencies)
    .filter(([name, version]) => name.startsWith('@hotshelf/') && version !== manifest.version)
    .map(([name, version]) => `${name} ${version} is needed by ${manifest.version}`);
  return [...linted, ...typed, ...versions];
}

/**
 * The packages are ESM alone, as Nest 12 is; Node requires ESM since 22.12. The resolution of TypeScript before `exports` is
 * not supported. A package is looked at alone, so an import of another one of the same version leads nowhere.
 */
function concernsReaders(problem: Problem, { imports }: Manifest): boolean {
  if (problem.kind === 'CJSResolvesToESM') return false;
  if ('resolutionKind' in problem && problem.resolutionKind === 'node10') return false;
  if (problem.kind !== 'InternalResolutionError') return true;
  if (problem.resolutionOption === 'node10') return false;
  return !(imports[problem.moduleSpecifier]?.startsWith('@hotshelf/') ?? false);
}
