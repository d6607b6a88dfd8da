import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Flags } from './flags.ts';
import { findMigrations, type MigrationPlace } from './migration-tools.ts';
import { migrationOf } from './migrations.ts';
import { pascal, type Wanted } from './names.ts';
import { type Needed, withPackages } from './package-json.ts';
import { type Project, readProject } from './project.ts';
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
