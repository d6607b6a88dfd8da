import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve, sep } from 'node:path';
import type ts from 'typescript';
import { Refusal } from './flags.ts';

export type TypeScript = typeof ts;

/** The fields of a package.json that are read or added to. */
export interface Manifest {
  readonly type?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** An application, as it is before it is changed. */
export interface Project {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly typescript: TypeScript;
  /** Its files by paths relative to the folder with `/`, without those of packages and builds. */
  readonly files: readonly string[];
  /** Behind the path of an imported file: Node resolves none without it from an ES module. */
  readonly extension: '' | '.js';
  readonly isEsm: boolean;
  readonly rootModule: string;
  /** The program that the compiler makes of a source, relative to the folder. */
  builtFile(source: string): string;
  /** The text of a file; undefined if there is none. */
  read(file: string): string | undefined;
}

const ROOT_MODULE = 'src/app.module.ts';
const NOT_OF_THE_PROJECT = new Set(['node_modules', 'dist', 'build', 'coverage']);

/** @throws Refusal for a folder that is no application of Nest, or one that the packages do not run in */
export function readProject(given: string): Project {
  const folder = resolve(given);
  const manifest = manifestOf(folder);
  const dependencies = dependenciesOf(manifest);
  if (dependencies['@nestjs/core'] === undefined)
    throw new Refusal(
      `package.json of ${folder} has no @nestjs/core: run this in an application of Nest, or name its folder`,
    );
  const read = (file: string) => readIfThere(join(folder, file));
  if (read(ROOT_MODULE) === undefined)
    throw new Refusal(`${ROOT_MODULE} is missing: the root module is looked for there`);
  const typescript = loadTypeScript(folder);
  const config = compilerOf(typescript, folder);
  const isEsm = manifest.type === 'module' || isEsmByConfig(typescript, config.options);
  return {
    folder,
    manifest,
    typescript,
    files: filesBelow(folder),
    extension: isEsm ? '.js' : '',
    isEsm,
    rootModule: ROOT_MODULE,
    builtFile: (source) => besideMain(manifest, source) ?? builtFile(typescript, config, folder, source),
    read,
  };
}

/** All packages that a package.json names. */
export const dependenciesOf = (manifest: Manifest): Readonly<Record<string, string>> => ({
  ...manifest.peerDependencies,
  ...manifest.devDependencies,
  ...manifest.dependencies,
});

function manifestOf(folder: string): Manifest {
  const text = readIfThere(join(folder, 'package.json'));
  if (text === undefined)
    throw new Refusal(`${folder} has no package.json: name the folder of the application`);
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {}
  throw new Refusal(`package.json of ${folder} is no JSON object`);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new Refusal(`${path} cannot be read: ${code ?? error}`);
  }
}

/** That of the application: its sources are read as it reads them, and this package brings none. */
function loadTypeScript(folder: string): TypeScript {
  const require = createRequire(join(folder, 'package.json'));
  let found: TypeScript;
  try {
    found = require('typescript');
  } catch {
    throw new Refusal(`typescript is not installed in ${folder}: run npm install there first`);
  }
  if (typeof found.createSourceFile !== 'function')
    throw new Refusal(
      `typescript ${found.version ?? ''} of ${folder} has no API for programs: install 5.7 to 6`,
    );
  return found;
}

/** As `nest build` has it: tsconfig.build.json, else tsconfig.json. */
function compilerOf(typescript: TypeScript, folder: string): ts.ParsedCommandLine {
  const file = ['tsconfig.build.json', 'tsconfig.json'].map((name) => join(folder, name)).find(existsSync);
  if (file === undefined) throw new Refusal(`${folder} has no tsconfig.json`);
  const { config, error } = typescript.readConfigFile(file, typescript.sys.readFile);
  if (error !== undefined)
    throw new Refusal(`${file}: ${typescript.flattenDiagnosticMessageText(error.messageText, '\n')}`);
  const parsed = typescript.parseJsonConfigFileContent(config, typescript.sys, folder, undefined, file);
  checkResolution(typescript, parsed.options);
  return parsed;
}

/** The packages have `exports` alone, which the resolutions before do not read. */
function checkResolution(typescript: TypeScript, { module, moduleResolution }: ts.CompilerOptions): void {
  const { ModuleKind, ModuleResolutionKind } = typescript;
  const old: readonly (ts.ModuleResolutionKind | undefined)[] = [
    ModuleResolutionKind.Classic,
    ModuleResolutionKind.Node10,
  ];
  const isImplied = moduleResolution === undefined && (module ?? ModuleKind.CommonJS) < ModuleKind.Node16;
  if (old.includes(moduleResolution) || (isImplied && Number.parseInt(typescript.version, 10) < 6))
    throw new Refusal(
      'tsconfig.json resolves packages without their exports: set "module" and "moduleResolution" to "nodenext", or "moduleResolution" to "bundler"',
    );
}

/** `esnext` and its like; what `nodenext` emits depends on package.json. */
function isEsmByConfig({ ModuleKind }: TypeScript, { module }: ts.CompilerOptions): boolean {
  return module !== undefined && module >= ModuleKind.ES2015 && module < ModuleKind.Node16;
}

/** A script that runs the built application shows where a source of `src` ends up. */
function besideMain({ scripts = {} }: Manifest, source: string): string | undefined {
  const built = Object.values(scripts).map(
    (script) => /\bnode (?:.* )?(\S*\/)main(?:\.js)?$/.exec(script)?.[1],
  );
  const folder = built.find((each) => each !== undefined);
  return folder === undefined ? undefined : `${folder}${source.replace(/^src\//, '').replace(/ts$/, 'js')}`;
}

function builtFile(
  typescript: TypeScript,
  config: ts.ParsedCommandLine,
  folder: string,
  source: string,
): string {
  // TypeScript writes paths with / everywhere.
  const file = [...folder.split(sep), ...source.split('/')].join('/');
  const fileNames = [...new Set([...config.fileNames, file])];
  const outputs = typescript.getOutputFileNames({ ...config, fileNames }, file, false);
  const built = outputs.find((each) => /\.[cm]?js$/.test(each)) ?? `dist/${source.replace(/^src\//, '')}`;
  return relative(folder, built).split(sep).join('/');
}

function filesBelow(folder: string): string[] {
  const found: string[] = [];
  const visit = (below: string) => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isFile()) found.push(path);
      else if (entry.isDirectory() && !entry.name.startsWith('.') && !NOT_OF_THE_PROJECT.has(entry.name))
        visit(path);
    }
  };
  visit('');
  return found.sort();
}
