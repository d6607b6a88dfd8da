import { camel, pascal, type Wanted } from './flags.ts';

/** How the sources of an application are written. */
export interface SourceStyle {
  readonly extension: '' | '.js';
  readonly quote: string;
  readonly isEsm: boolean;
}

/** A file by its path relative to the application. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** The program that makes the outbox and `hotshelf_track`: the migration of a table needs both. */
export const OUTBOX_PROGRAM = 'src/hotshelf.migrate.ts';

export const moduleClassOf = ({ name }: Wanted) => `${pascal(name)}Module`;

/** The sources of a feature and the program of the outbox, beside the root module. */
export function sourcesOf(wanted: Wanted, style: SourceStyle): NewFile[] {
  const { name } = wanted;
  const source = (kind: string, text: string) => ({
    path: `src/${name}/${name}.${kind}.ts`,
    text: quoted(text, style),
  });
  return [
    source('entity', entityText(wanted)),
    source('controller', controllerText(wanted, style)),
    source('module', moduleText(wanted, style)),
    { path: OUTBOX_PROGRAM, text: quoted(outboxProgram(style), style) },
  ];
}

const quoted = (text: string, { quote }: SourceStyle) => (quote === "'" ? text : text.replaceAll("'", quote));

const rowOf = ({ prefix }: Wanted) => `${pascal(prefix)}Row`;

function entityText(wanted: Wanted): string {
  const { table, key, groups, prefix, name } = wanted;
  const columns = [...new Set([key, ...groups])].map((column) => `  readonly ${column}: string;\n`);
  const ofGroups =
    groups.length === 0 ? '' : `  groups: [${groups.map((each) => `'${each}'`).join(', ')}],\n`;
  return `import { entity } from '@hotshelf/nestjs';

/** Add the other columns of the table that the code reads. */
export interface ${rowOf(wanted)} {
${columns.join('')}}

/**
 * Clients see all columns but \`version\` and \`last_updated\`. If some are not
 * for them, add \`body: (row) => ({ … })\` with those that are.
 */
export const ${camel(name)} = entity<${rowOf(wanted)}>()({
  name: '${prefix}',
  table: '${table}',
  key: '${key}',
${ofGroups}});
`;
}

function controllerText(wanted: Wanted, { extension }: SourceStyle): string {
  const { key, groups, name } = wanted;
  const variable = camel(name);
  const decorators = groups.length === 0 ? ['Cached'] : ['Cached', 'CachedList'];
  const names = [...decorators, 'EntityStore', 'InjectEntity'].join(', ');
  const store =
    groups.length === 0
      ? rowOf(wanted)
      : `${rowOf(wanted)}, ${groups.map((each) => `'${each}'`).join(' | ')}`;
  const lists = groups.map(
    (group) => `
  @Get('by-${group}/:${group}')
  @CachedList(${variable}, { by: '${group}' })
  by${pascal(group)}(@Param('${group}') value: string) {
    return this.store.idsBy('${group}', value);
  }
`,
  );
  return `import { Controller, Get, Param } from '@nestjs/common';
import { ${names} } from '@hotshelf/nestjs';
import { type ${rowOf(wanted)}, ${variable} } from './${name}.entity${extension}';

/** The methods are called only for what no cache has. */
@Controller('${name}')
export class ${pascal(name)}Controller {
  constructor(
    @InjectEntity(${variable})
    private readonly store: EntityStore<${store}>,
  ) {}

  @Get(':${key}')
  @Cached(${variable})
  one(@Param('${key}') key: string) {
    return this.store.load(key);
  }
${lists.join('')}}
`;
}

function moduleText(wanted: Wanted, { extension }: SourceStyle): string {
  const { name } = wanted;
  return `import { Module } from '@nestjs/common';
import { HotshelfModule } from '@hotshelf/nestjs';
import { ${pascal(name)}Controller } from './${name}.controller${extension}';
import { ${camel(name)} } from './${name}.entity${extension}';

@Module({
  imports: [HotshelfModule.forFeature([${camel(name)}])],
  controllers: [${pascal(name)}Controller],
})
export class ${moduleClassOf(wanted)} {}
`;
}

/** A file of CommonJS cannot wait at its top; a rejection ends the process with code 1 in both. */
const outboxProgram = ({
  isEsm,
}: SourceStyle) => `import { readConfig, runMigrations } from '@hotshelf/nestjs';

// Makes the outbox and the function hotshelf_track in the database of
// DATABASE_URL. Run it before the migrations of the application, and after
// each update of @hotshelf/nestjs.
${isEsm ? 'await' : 'void'} runMigrations(readConfig(process.env, ['database']).database);
`;
