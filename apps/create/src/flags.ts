import { type CommandLine, readCommandLine } from '../../local/src/command-line.ts';

/** Why nothing is written, in words for the user. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export const MIGRATION_TOOLS = ['typeorm', 'prisma', 'drizzle', 'knex', 'flyway', 'sql'] as const;
export type MigrationTool = (typeof MIGRATION_TOOLS)[number];

export const USAGE = `npx @hotshelf/create [folder] --table articles --key slug

Adds a coherent cached route to a NestJS application: an entity, a controller and a module for one table, the migration that
tracks the table, the imports of the root module, and the packages in package.json. A second run changes nothing. A file that
exists with other content is never overwritten: then nothing is written at all.

  folder                    the application, with its package.json (default: this folder)
  --table NAME              the table, as Postgres has it; shop.articles with a schema
  --key COLUMN              the column that a row is asked for by, unique by itself
  --groups COLUMN,COLUMN    columns that lists are made by (default: none)
  --prefix NAME             keys in the cache are NAME:<key> (default: the table in the singular)
  --name NAME               of the folder, the files and the path of the routes (default: the table)
  --migrations TOOL         ${MIGRATION_TOOLS.join(', ')} (default: the tool that the application has, else sql)
  --migrations-folder PATH  where the migration is written (default: the folder that the tool has)
  --dry-run                 shows what would be written, and writes nothing
  --help                    this text`;

const OPTIONS = {
  table: { type: 'string' },
  key: { type: 'string' },
  groups: { type: 'string' },
  prefix: { type: 'string' },
  name: { type: 'string' },
  migrations: { type: 'string' },
  'migrations-folder': { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;

export interface Flags {
  readonly folder: string;
  readonly wanted: Wanted;
  /** Undefined for the tool that the application has. */
  readonly tool: MigrationTool | undefined;
  /** Relative to the application. */
  readonly migrationsFolder: string | undefined;
  readonly isDryRun: boolean;
}

export type Call =
  | { readonly kind: 'run'; readonly flags: Flags }
  | Exclude<CommandLine<never>, { kind: 'run' }>;

/** Reads the arguments. What is wrong with them is said with the flag and the rule. */
export function readFlags(args: readonly string[]): Call {
  const line = readCommandLine(args, { usage: USAGE, options: OPTIONS, words: true });
  if (line.kind !== 'run') return line;
  const { values, words } = line;
  try {
    if (words.length > 1)
      throw new Refusal(
        `${JSON.stringify(words[1])} is a second folder: one application is changed at a time`,
      );
    const wanted = namesOf(values);
    const tool = MIGRATION_TOOLS.find((each) => each === values.migrations);
    if (values.migrations !== undefined && tool === undefined)
      throw new Refusal(
        `--migrations ${JSON.stringify(values.migrations)} is not known: one of ${MIGRATION_TOOLS.join(', ')}`,
      );
    const migrationsFolder = values['migrations-folder'];
    if (
      migrationsFolder !== undefined &&
      /^(?:\/|[A-Za-z]:)|(?:^|[\\/])\.\.(?:[\\/]|$)/.test(migrationsFolder)
    )
      throw new Refusal(
        `--migrations-folder ${JSON.stringify(migrationsFolder)} is not below the application: a relative path without ..`,
      );
    const isDryRun = values['dry-run'] ?? false;
    return { kind: 'run', flags: { folder: words[0] ?? '.', wanted, tool, migrationsFolder, isDryRun } };
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', complaint: error.message };
    throw error;
  }
}

/** What the user has named. */
export interface Wanted {
  /** As Postgres has it; `<schema>.<table>` where the search path does not lead to it. */
  readonly table: string;
  readonly key: string;
  readonly groups: readonly string[];
  readonly prefix: string;
  /** Of the feature, as files are named: `articles`. */
  readonly name: string;
}

/** The flags that name something, as they are given. */
interface GivenNames {
  readonly table?: string | undefined;
  readonly key?: string | undefined;
  readonly groups?: string | undefined;
  readonly prefix?: string | undefined;
  readonly name?: string | undefined;
}

const COLUMN = /^[A-Za-z_][A-Za-z0-9_]*$/;
const COLUMN_RULE = 'letters, digits and _, the first no digit, at most 63';
const BEGINNING = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const FEATURE = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** Postgres cuts longer names off. */
const LONGEST_NAME = 63;
/** Stamped by the triggers. */
const OWN_COLUMNS = ['version', 'last_updated'];

/** @throws Refusal that names the flag and its rule */
function namesOf({ table, key, groups = '', prefix, name }: GivenNames): Wanted {
  const named = required('table', table, 'the table whose rows are cached');
  const parts = named.split('.');
  if (parts.length > 2 || !parts.every(isColumn))
    throw new Refusal(
      `--table ${shown(named)} is no identifier: ${COLUMN_RULE}; a schema may stand before it, as in shop.articles`,
    );
  const base = parts.at(-1) ?? named;
  const columns = groups === '' ? [] : groups.split(',').map((each) => each.trim());
  const keyColumn = required('key', key, 'the column that a row is asked for by');
  checkColumn('key', keyColumn);
  for (const each of columns) checkColumn('groups', each);
  const twice = columns.find((each, at) => columns.indexOf(each) !== at);
  if (twice !== undefined) throw new Refusal(`--groups names ${shown(twice)} twice: a group is named once`);
  const alike = columns.find((each, at) => columns.map(pascal).indexOf(pascal(each)) !== at);
  if (alike !== undefined)
    throw new Refusal(
      `--groups has ${shown(alike)} and another column that differs by _ or case alone: name one of them`,
    );
  const beginning = prefix ?? singular(base);
  if (!BEGINNING.test(beginning))
    throw new Refusal(
      `--prefix ${shown(beginning)} cannot begin a key: letters, digits, _ and -, the first no digit`,
    );
  const feature = name ?? kebab(base);
  if (!FEATURE.test(feature))
    throw new Refusal(
      `--name ${shown(feature)} names no files: small letters and digits in words joined by -, the first a letter, as in cached-articles`,
    );
  return { table: named, key: keyColumn, groups: columns, prefix: beginning, name: feature };
}

function required(flag: string, value: string | undefined, meaning: string): string {
  if (value === undefined) throw new Refusal(`--${flag} is missing: ${meaning}`);
  return value;
}

function checkColumn(flag: string, column: string): void {
  if (!isColumn(column))
    throw new Refusal(`--${flag} ${shown(column)} is no identifier of a column: ${COLUMN_RULE}`);
  if (OWN_COLUMNS.includes(column))
    throw new Refusal(
      `--${flag} ${shown(column)} is a column of the triggers, which change it at each write`,
    );
}

const isColumn = (name: string) => COLUMN.test(name) && name.length <= LONGEST_NAME;

const shown = (text: string) => JSON.stringify(text);

/** `ShopArticles`, `shop_articles` and `shop-articles` in words. */
const words = (name: string) =>
  name
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_')
    .toLowerCase()
    .split(/[_-]+/)
    .filter((word) => word !== '');

const kebab = (name: string) => words(name).join('-');

/** As classes are named. */
export const pascal = (name: string) =>
  words(name)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/** Names that no variable can have, and those that the files import. */
const TAKEN = new Set(
  `arguments await break case catch class const continue debugger default delete do else entity enum eval export extends false
  finally for function if implements import in interface let new null package private protected public return static super
  switch this throw true try typeof undefined var void while with yield`.split(/\s+/),
);

/** As variables are named. */
export const camel = (name: string) => {
  const text = pascal(name);
  const variable = text.charAt(0).toLowerCase() + text.slice(1);
  return TAKEN.has(variable) ? `${variable}Table` : variable;
};

/** As migrations are named. */
export const snake = (name: string) => words(name).join('_');

function singular(name: string): string {
  if (/ies$/i.test(name)) return `${name.slice(0, -3)}y`;
  return /[^s]s$/i.test(name) ? name.slice(0, -1) : name;
}
