import { lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Flags, pascal, Refusal, type Wanted } from './flags.ts';
import { findMigrations, type MigrationPlace } from './migration-tools.ts';
import { migrationOf } from './migrations.ts';
import { dependenciesOf, type Manifest, type Project, readProject } from './project.ts';
import { quoteOf, withImports } from './root-module.ts';
import { moduleClassOf, type NewFile, OUTBOX_PROGRAM, sourcesOf } from './templates.ts';

/** What becomes of a file. */
export interface PlannedFile {
  /** Relative to the application. */
  readonly path: string;
  readonly becomes: 'created' | 'changed' | 'unchanged' | 'conflict';
  readonly before: string;
  readonly after: string;
}

export interface Plan {
  readonly project: Project;
  readonly place: MigrationPlace;
  readonly files: readonly PlannedFile[];
}

/**
 * Everything that is to be written, and nothing written yet.
 *
 * @param now stamps a migration that is not there yet
 * @throws Refusal for an application that cannot be changed
 */
export function planFiles(flags: Flags, needed: Needed, now: Date): Plan {
  const { wanted } = flags;
  const project = readProject(flags.folder);
  const packageText = project.read('package.json') ?? '';
  const packages = withPackages(packageText, project.manifest, needed, project.builtFile(OUTBOX_PROGRAM));
  const place = findMigrations(project, wanted, flags.tool, flags.migrationsFolder);
  const rootText = project.read(project.rootModule) ?? '';
  const { extension, isEsm } = project;
  const sources = sourcesOf(wanted, { extension, isEsm, quote: quoteOf(rootText) });
  const migration = migrationOf(project, wanted, place, now);
  const root = withImports(project.typescript, project.rootModule, rootText, additionsOf(project, wanted));
  return {
    project,
    place,
    files: [
      edited(project, { path: 'package.json', text: packages }),
      edited(project, { path: project.rootModule, text: root }),
      ...[...sources, ...migration.created].map((file) => created(project, file)),
      ...migration.changed.map((file) => edited(project, file)),
    ],
  };
}

function additionsOf(project: Project, wanted: Wanted) {
  const { extension, files, rootModule } = project;
  const feature = moduleClassOf(wanted);
  const from = `./${wanted.name}/${wanted.name}.module${extension}`;
  const addition = {
    imports: [{ name: feature, from }],
    elements: [{ text: feature, isThere: new RegExp(`^${pascal(wanted.name)}Module\\b`) }],
  };
  // A module of its own may have it.
  const isElsewhere = files.some(
    (file) =>
      file.startsWith('src/') &&
      file.endsWith('.ts') &&
      file !== rootModule &&
      (project.read(file) ?? '').includes('HotshelfModule.forRoot'),
  );
  if (isElsewhere) return addition;
  const hotshelf = { text: 'HotshelfModule.forRoot()', isThere: /^HotshelfModule\s*\.\s*forRoot/ };
  return {
    imports: [{ name: 'HotshelfModule', from: '@hotshelf/nestjs' }, ...addition.imports],
    elements: [hotshelf, ...addition.elements],
  };
}

function edited({ read }: Project, { path, text }: NewFile): PlannedFile {
  const before = read(path);
  const becomes = before === undefined ? 'created' : before === text ? 'unchanged' : 'changed';
  return { path, becomes, before: before ?? '', after: text };
}

/** Git may have given the lines of a file that is there other ends. */
function created({ folder, read }: Project, { path, text }: NewFile): PlannedFile {
  const before = isFolder(folder, path) ? undefined : read(path);
  if (before === undefined) {
    const becomes = canBeCreated(folder, path) ? 'created' : 'conflict';
    return { path, becomes, before: '', after: text };
  }
  const becomes = before.replaceAll('\r\n', '\n') === text ? 'unchanged' : 'conflict';
  return { path, becomes, before, after: text };
}

/** Nothing is there, and each folder above it is one or is missing too. */
function canBeCreated(folder: string, path: string): boolean {
  if (exists(folder, path)) return false;
  for (let above = dirname(path); above !== '.'; above = dirname(above))
    if (exists(folder, above)) return isFolder(folder, above);
  return true;
}

const exists = (folder: string, path: string) => statOf(folder, path) !== undefined;
const isFolder = (folder: string, path: string) => statOf(folder, path)?.isDirectory() === true;

function statOf(folder: string, path: string) {
  try {
    return lstatSync(join(folder, path), { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The packages that an application of Hotshelf has, with their ranges: made of the manifests when they are built. */
export interface Needed {
  /** `@hotshelf/…` and the peers that each application has to have. */
  readonly packages: Readonly<Record<string, string>>;
}

/** The script that runs the program of the outbox. */
export const OUTBOX_SCRIPT = 'hotshelf:migrate';

/**
 * The text of a package.json with the packages and the script that are missing. What is there stays, if it can be right.
 *
 * @throws Refusal for a package whose major version is older than the needed one
 */
function withPackages(text: string, manifest: Manifest, needed: Needed, outboxProgram: string): string {
  const there = dependenciesOf(manifest);
  for (const [name, range] of Object.entries(needed.packages)) {
    const [given, least] = [there[name], range].map(majorOf);
    if (given !== undefined && least !== undefined && given < least)
      throw new Refusal(`package.json has ${name} ${there[name]}: @hotshelf/nestjs needs ${range}`);
  }
  const missing = Object.entries(needed.packages).filter(([name]) => there[name] === undefined);
  const { scripts = {} } = manifest;
  const needsScript = scripts[OUTBOX_SCRIPT] === undefined;
  if (missing.length === 0 && !needsScript) return text;
  const changed = {
    ...manifest,
    scripts: needsScript ? { ...scripts, [OUTBOX_SCRIPT]: `node ${outboxProgram}` } : scripts,
    // In the order that npm writes them in.
    dependencies: sorted({ ...manifest.dependencies, ...Object.fromEntries(missing) }),
  };
  const indent = /^([ \t]+)"/m.exec(text)?.[1] ?? 2;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const written = JSON.stringify(changed, null, indent).replaceAll('\n', newline);
  return /\n$/.test(text) ? written + newline : written;
}

/** Of a range such as `^12.5.1` or `>=12`; undefined for a tag, an address or any version. */
function majorOf(range: string | undefined): number | undefined {
  const [, major] = /^(?:npm:.*@)?[\^~>=v ]*(\d+)(?:\.|$)/.exec(range ?? '') ?? [];
  return major === undefined ? undefined : Number(major);
}

const sorted = (record: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => a.localeCompare(b, 'en')));

/**
 * Writes all files of a plan, or none: after a failure those that were written are as before.
 *
 * @throws Refusal if one cannot be written
 */
export function writeFiles(folder: string, files: readonly PlannedFile[]): void {
  const undo: (() => void)[] = [];
  try {
    for (const { path, becomes, before, after } of files) {
      const target = join(folder, path);
      if (becomes === 'created') {
        const made = mkdirSync(dirname(target), { recursive: true });
        if (made !== undefined) undo.push(() => rmSync(made, { recursive: true, force: true }));
        // Refused if it has come to be since the plan was made.
        writeFileSync(target, after, { flag: 'wx' });
        undo.push(() => rmSync(target, { force: true }));
      } else if (becomes === 'changed') {
        undo.push(() => writeFileSync(target, before));
        writeFileSync(target, after);
      }
    }
  } catch (error) {
    for (const each of undo.reverse()) each();
    throw new Refusal(`nothing is written: ${error instanceof Error ? error.message : error}`);
  }
}
