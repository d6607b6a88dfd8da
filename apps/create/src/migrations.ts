import { Refusal, type Wanted } from './flags.ts';
import { label, type MigrationPlace, typeOrmName } from './migration-tools.ts';
import type { Project } from './project.ts';
import type { NewFile } from './templates.ts';

/** The files of a migration. */
export interface MigrationFiles {
  readonly created: readonly NewFile[];
  /** Lists of migrations that get one more. */
  readonly changed: readonly NewFile[];
}

/** The migration that tracks the table, as its tool has it, and the way back where the tool has one. */
export function migrationOf(
  project: Project,
  wanted: Wanted,
  place: MigrationPlace,
  now: Date,
): MigrationFiles {
  const { folder, tool } = place;
  const name = label(wanted);
  const sql = `${trackSql(wanted)};\n`;
  const withWayBack = `-- The way back: ${untrackSql(wanted)};\n${sql}`;
  const one = (path: string, text: string) => ({
    created: [{ path: below(folder, path), text }],
    changed: [],
  });
  switch (tool) {
    case 'typeorm': {
      const stamp = place.stamp ?? next(project, folder, /^(\d{13})-/, String(now.getTime()));
      return one(`${stamp}-${typeOrmName(wanted)}.ts`, typeOrmText(wanted, stamp));
    }
    case 'prisma':
      return one(`${stampOf(project, place, now)}_${name}/migration.sql`, withWayBack);
    case 'knex':
      return knex(project, wanted, place, now);
    case 'drizzle':
      return drizzle(project, wanted, place, withWayBack, now);
    case 'flyway': {
      const version = place.stamp ?? flywayVersion(project, folder, now);
      return one(`V${version}__${name}.sql`, withWayBack);
    }
    case 'sql': {
      const stamp = stampOf(project, place, now);
      const file = (end: string, text: string) => ({
        path: below(folder, `${stamp}_${name}.${end}.sql`),
        text,
      });
      return { created: [file('up', sql), file('down', `${untrackSql(wanted)};\n`)], changed: [] };
    }
  }
}

const below = (folder: string, path: string) => (folder === '' ? path : `${folder}/${path}`);

/** As Postgres reads names: one with capitals in quotes. */
const relation = ({ table }: Wanted) =>
  table
    .split('.')
    .map((name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name}"`))
    .join('.');

function trackSql(wanted: Wanted): string {
  const { key, prefix, groups } = wanted;
  const ofGroups = groups.length === 0 ? '' : `, groups => '{${groups.join()}}'`;
  return `SELECT hotshelf_track('${relation(wanted)}', key => '${key}', prefix => '${prefix}'${ofGroups})`;
}

const untrackSql = (wanted: Wanted) => `SELECT hotshelf_untrack('${relation(wanted)}')`;

function typeOrmText(wanted: Wanted, stamp: string): string {
  const name = typeOrmName(wanted) + stamp;
  return `import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ${name} implements MigrationInterface {
  name = '${name}';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      \`${trackSql(wanted)}\`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(\`${untrackSql(wanted)}\`);
  }
}
`;
}

/** In TypeScript where the other migrations or the knexfile are. */
function knex(project: Project, wanted: Wanted, place: MigrationPlace, now: Date): MigrationFiles {
  const { folder } = place;
  const others = project.files.filter((file) => file.startsWith(below(folder, '')));
  const [sample] = [...others, ...project.files.filter((file) => /(?:^|\/)knexfile\./.test(file))];
  const end = /\.([cm]?[jt]s)$/.exec(sample ?? '')?.[1] ?? 'js';
  const isTyped = end.endsWith('ts');
  const isEsm = end === 'mjs' || (project.isEsm && end !== 'cjs');
  const type = isTyped ? ': Knex' : '';
  const returned = isTyped ? ': Promise<void>' : '';
  const step = (name: string, sql: string) => {
    const head =
      isEsm || isTyped
        ? `export async function ${name}(knex${type})${returned} {`
        : `exports.${name} = async function ${name}(knex) {`;
    return `${head}\n  await knex.raw(\n    \`${sql}\`,\n  );\n}${isEsm || isTyped ? '' : ';'}\n`;
  };
  const top = isTyped ? `import type { Knex } from 'knex';\n\n` : '';
  const text = `${top}${step('up', trackSql(wanted))}\n${step('down', untrackSql(wanted))}`;
  const path = below(folder, `${stampOf(project, place, now)}_${label(wanted)}.${end}`);
  return { created: [{ path, text }], changed: [] };
}

interface Journal {
  readonly entries: readonly { readonly idx: number; readonly when: number; readonly tag: string }[];
}

/** A migration of its own beside the generated ones, as `drizzle-kit generate --custom` makes it. */
function drizzle(
  project: Project,
  wanted: Wanted,
  { folder, stamp }: MigrationPlace,
  sql: string,
  now: Date,
): MigrationFiles {
  const path = below(folder, 'meta/_journal.json');
  const text = project.read(path);
  const journal: Journal =
    text === undefined
      ? ({ version: '7', dialect: 'postgresql', entries: [] } as Journal)
      : journalOf(path, text);
  const { entries } = journal;
  const tag = `${stamp ?? String(entries.length).padStart(4, '0')}_${label(wanted)}`;
  const created = [{ path: below(folder, `${tag}.sql`), text: sql }];
  if (entries.some((each) => each.tag === tag)) return { created, changed: [] };
  const when = Math.max(now.getTime(), ...entries.map((each) => each.when + 1));
  const entry = { idx: entries.length, version: '7', when, tag, breakpoints: true };
  const end = text === undefined || text.endsWith('\n') ? '\n' : '';
  const listed = `${JSON.stringify({ ...journal, entries: [...entries, entry] }, null, 2)}${end}`;
  return { created, changed: [{ path, text: listed }] };
}

function journalOf(path: string, text: string): Journal {
  try {
    const parsed = JSON.parse(text) as Partial<Journal>;
    if (Array.isArray(parsed.entries)) return parsed as Journal;
  } catch {}
  throw new Refusal(`${path} is no journal of drizzle-kit: it has no list of entries`);
}

/** Counted if the others are, else the time. */
function flywayVersion(project: Project, folder: string, now: Date): string {
  const versions = numbersIn(project, folder, /^V(\d+)(?:[._]\d+)*__/);
  const isCounted = versions.length > 0 && versions.every((each) => each < 1_000_000);
  return isCounted
    ? String(Math.max(...versions) + 1)
    : next(project, folder, /^V(\d{14})__/, secondsOf(now));
}

const stampOf = (project: Project, { stamp, folder }: MigrationPlace, now: Date) =>
  stamp ?? next(project, folder, /^(\d{14})_/, secondsOf(now));

/** `20261129223000`, in UTC. */
const secondsOf = (now: Date) => now.toISOString().replaceAll(/\D/g, '').slice(0, 14);

/** The stamp, or a later one if the folder has a later migration: the table has to be there before. */
function next(project: Project, folder: string, pattern: RegExp, stamp: string): string {
  const last = Math.max(0, ...numbersIn(project, folder, pattern));
  return String(Math.max(Number(stamp), last + 1));
}

function numbersIn({ files }: Project, folder: string, pattern: RegExp): number[] {
  const start = below(folder, '');
  return files
    .filter((file) => file.startsWith(start))
    .flatMap((file) => pattern.exec(file.slice(start.length))?.[1] ?? [])
    .map(Number);
}
