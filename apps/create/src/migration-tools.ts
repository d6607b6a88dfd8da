import type ts from 'typescript';
import { type MigrationTool, pascal, Refusal, snake, type Wanted } from './flags.ts';
import { dependenciesOf, type Project, type TypeScript } from './project.ts';

/** How a tool names its migrations and where it has them. */
interface Tool {
  /** Files and packages that only an application with this tool has. */
  isUsedBy(project: Project): boolean;
  /** Where the tool has its migrations if nothing else is said. */
  readonly folders: readonly string[];
  /** What its configuration says. */
  configured?(project: Project): string | undefined;
  /** The stamp of a migration of this table, in the path of one of its files below the folder of migrations. */
  readonly pattern: (wanted: Wanted) => RegExp;
  /** How the user runs the migration. */
  readonly command: string;
  /** Whether it compares tables with models, and drops columns that these do not have. */
  readonly hasModels: boolean;
}

/** A tool, its folder, and the migration of the table if it is there. */
export interface MigrationPlace {
  readonly tool: MigrationTool;
  /** Relative to the application. */
  readonly folder: string;
  /** Of the migration that an earlier run has written. */
  readonly stamp: string | undefined;
  readonly command: string;
  readonly hasModels: boolean;
}

const has = (...names: string[]) =>
  function isUsedBy({ manifest }: Project): boolean {
    const dependencies = dependenciesOf(manifest);
    return names.some((name) => dependencies[name] !== undefined);
  };

const CONFIGS = {
  drizzle: /(?:^|\/)drizzle\.config\.[cm]?[jt]s$/,
  knex: /(?:^|\/)knexfile\.[cm]?[jt]s$/,
  flyway: /^(?:conf\/)?flyway\.(?:toml|conf)$/,
};

const fileOf = ({ files }: Project, name: RegExp) => files.find((file) => name.test(file));

function configuredIn(project: Project, name: RegExp, property: string): string | undefined {
  const file = fileOf(project, name);
  const text = file === undefined ? undefined : project.read(file);
  if (file === undefined || text === undefined) return undefined;
  const value = stringProperty(project.typescript, file, text, property);
  return value === undefined ? undefined : plainPath(value);
}

/** A relative path as those of a project are. */
const plainPath = (path: string) => path.replace(/^\.\//, '').replace(/\/+$/, '');

/** The first property of a name whose value is a text, anywhere in a source; undefined if there is none. */
function stringProperty(
  typescript: TypeScript,
  file: string,
  text: string,
  name: string,
): string | undefined {
  const find = (node: ts.Node): string | undefined => {
    const isNamed = typescript.isPropertyAssignment(node) && node.name.getText(source) === name;
    if (isNamed && typescript.isStringLiteralLike(node.initializer)) return node.initializer.text;
    return typescript.forEachChild(node, find);
  };
  const source = typescript.createSourceFile(file, text, typescript.ScriptTarget.Latest, true);
  return find(source);
}

const TOOLS: Readonly<Record<MigrationTool, Tool>> = {
  prisma: {
    isUsedBy: has('prisma', '@prisma/client'),
    folders: ['prisma/migrations'],
    pattern: (wanted) => new RegExp(`/(\\d+)_${label(wanted)}/migration\\.sql$`),
    command: 'npx prisma migrate deploy',
    hasModels: true,
  },
  drizzle: {
    isUsedBy: has('drizzle-orm', 'drizzle-kit'),
    folders: ['drizzle'],
    configured: (project) => configuredIn(project, CONFIGS.drizzle, 'out'),
    pattern: (wanted) => new RegExp(`/(\\d+)_${label(wanted)}\\.sql$`),
    command: 'npx drizzle-kit migrate',
    hasModels: true,
  },
  knex: {
    isUsedBy: has('knex'),
    folders: ['migrations', 'src/migrations', 'db/migrations', 'src/db/migrations'],
    configured: (project) => configuredIn(project, CONFIGS.knex, 'directory'),
    pattern: (wanted) => new RegExp(`/(\\d+)_${label(wanted)}\\.[cm]?[jt]s$`),
    command: 'npx knex migrate:latest',
    hasModels: false,
  },
  flyway: {
    isUsedBy: (project) => fileOf(project, CONFIGS.flyway) !== undefined || has('node-flywaydb')(project),
    folders: ['sql', 'db/migration', 'migrations', 'src/main/resources/db/migration'],
    pattern: (wanted) => new RegExp(`/V(\\d+)__${label(wanted)}\\.sql$`),
    command: 'flyway migrate',
    hasModels: false,
  },
  typeorm: {
    isUsedBy: usesTypeOrm,
    folders: ['src/migrations', 'migrations', 'src/database/migrations', 'src/db/migrations'],
    pattern: (wanted) => new RegExp(`/(\\d+)-${typeOrmName(wanted)}\\.ts$`),
    command: 'the migrations of your data source, such as npx typeorm migration:run -d dist/data-source.js',
    hasModels: true,
  },
  sql: {
    isUsedBy: () => false,
    folders: ['migrations', 'db/migrations'],
    pattern: (wanted) => new RegExp(`/(\\d+)_${label(wanted)}\\.up\\.sql$`),
    command: 'psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f',
    hasModels: false,
  },
};

export const label = ({ name }: Wanted) => `track_${snake(name)}`;

export const typeOrmName = ({ name }: Wanted) => `Track${pascal(name)}`;

/** The packages themselves need typeorm, so that alone says nothing once they are there. */
function usesTypeOrm(project: Project): boolean {
  const { manifest, files } = project;
  if (has('@nestjs/typeorm')(project)) return true;
  if (!has('typeorm')(project)) return false;
  const scripts = Object.values(manifest.scripts ?? {});
  const isMigration = /(?:^|\/)migrations\/\d{13}-[^/]+\.[jt]s$/;
  return (
    !has('@hotshelf/nestjs')(project) ||
    scripts.some((script) => /\btypeorm\b/.test(script)) ||
    files.some((file) => isMigration.test(file))
  );
}

/**
 * The tool that an application has, and where its migrations are. One that an earlier run has written decides.
 *
 * @param tool what the user says; undefined to look for it
 * @throws Refusal if the application has several tools
 */
export function findMigrations(
  project: Project,
  wanted: Wanted,
  tool: MigrationTool | undefined,
  folder: string | undefined,
): MigrationPlace {
  const names = Object.keys(TOOLS) as MigrationTool[];
  for (const name of tool === undefined ? names : [tool]) {
    const { pattern, command, hasModels } = TOOLS[name];
    const written = project.files.map((file) => ({ file, match: pattern(wanted).exec(`/${file}`) }));
    for (const { file, match } of written)
      if (match?.[1] !== undefined)
        return {
          tool: name,
          folder: file.slice(0, Math.max(0, match.index - 1)),
          stamp: match[1],
          command,
          hasModels,
        };
  }
  const used = names.filter((name) => TOOLS[name].isUsedBy(project));
  if (tool === undefined && used.length > 1)
    throw new Refusal(
      `the application has ${used.join(' and ')}: name the one that migrates the table by --migrations`,
    );
  const chosen = tool ?? used[0] ?? 'sql';
  const { folders, configured, command, hasModels } = TOOLS[chosen];
  const usual = folders.find((each) => project.files.some((file) => file.startsWith(`${each}/`)));
  const given = folder === undefined ? undefined : plainPath(folder);
  const place = given ?? configured?.(project) ?? usual ?? folders[0] ?? '';
  return { tool: chosen, folder: place, stamp: undefined, command, hasModels };
}
