import { type CommandLine, readCommandLine } from '../../local/src/command-line.ts';
import { namesOf, type Wanted } from './names.ts';
import { Refusal } from './refusal.ts';

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
