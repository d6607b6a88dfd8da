import type pg from 'pg';
import type { DataSource, EntityManager, MigrationInterface } from 'typeorm';
import { FLUSH } from './database-state.js';
import { type Functions, makeMissing, schemaOf } from './outbox-schema.js';

/** What the relay and its watch read, beside the tables whose changes are recorded. */
const RELATIONS = ['outbox', 'outbox_state', 'relay_leaders', 'catalogue_version'] as const;
/** A trigger's own function cannot be dropped without it; what that one calls can. */
const CALLED = 'next_version(bigint)';

/** In which roles of a session a trigger fires; see ALTER TABLE … ENABLE TRIGGER. */
export type Fires = 'in the origin role' | 'in the replica role' | 'in every role';

export interface TableTrigger {
  readonly name: string;
  readonly fires: Fires;
}

/** A table whose changes are recorded. */
export interface RecordedTable {
  readonly table: string;
  readonly triggers: readonly TableTrigger[];
  /** If it is partitioned; default: the same. */
  readonly ofPartitioned?: readonly TableTrigger[];
}

/** Whether changes reach the outbox, by what the catalogs of Postgres say. */
export interface Recording {
  /** Why changes are not recorded, in words; null if they are. */
  readonly fault: string | null;
  /** Whether the outbox can be read at all. */
  readonly isReadable: boolean;
  /** Another one than before if a trigger was made, enabled or disabled meanwhile, or a partition came or went. */
  readonly revision: string;
}

/** The triggers of a table as they are; `enabled` as in `pg_trigger.tgenabled`. */
interface Found {
  readonly name: string;
  readonly exists: boolean;
  readonly isPartitioned: boolean;
  readonly triggers: readonly { readonly name: string; readonly enabled: string; readonly made: string }[];
}

interface Row {
  readonly tables: readonly Found[];
  readonly missing: readonly string[];
  readonly callable: boolean;
}

/** Reads the catalogs alone, so it waits for no lock of these tables. */
const LOOK = `
  SELECT
    (SELECT json_agg(json_build_object(
      'name', wanted.name,
      'exists', to_regclass(wanted.name) IS NOT NULL,
      'isPartitioned', EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = to_regclass(wanted.name)),
      'partitions', (
        WITH RECURSIVE below AS (
          SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass(wanted.name)
          UNION ALL SELECT pg_inherits.inhrelid FROM pg_inherits JOIN below ON inhparent = below.inhrelid
        )
        SELECT array_agg(inhrelid ORDER BY inhrelid) FROM below
      ),
      'triggers', (
        SELECT coalesce(json_agg(json_build_object('name', tgname, 'enabled', tgenabled, 'made', pg_trigger.xmin::text)
          ORDER BY tgname), '[]')
        FROM pg_trigger WHERE tgrelid = to_regclass(wanted.name) AND NOT tgisinternal
      )) ORDER BY wanted.name)
    FROM unnest($1::text[]) AS wanted (name)) AS tables,
    (SELECT coalesce(array_agg(name ORDER BY name), '{}') FROM unnest($2::text[]) AS needed (name)
      WHERE to_regclass(name) IS NULL) AS missing,
    to_regprocedure('${CALLED}') IS NOT NULL AS callable`;

const FIRES_AS: Record<Fires, ReadonlySet<string>> = {
  'in the origin role': new Set(['O', 'A']),
  'in the replica role': new Set(['R', 'A']),
  'in every role': new Set(['A']),
};

/** @throws if Postgres cannot be read */
export async function readRecording(
  client: pg.ClientBase,
  tables: readonly RecordedTable[],
): Promise<Recording> {
  const { rows } = await client.query<Row>(LOOK, [tables.map(({ table }) => table), [...RELATIONS]]);
  const [row] = rows;
  if (row === undefined) throw new Error('the catalogs did not answer');
  const faults = [
    ...row.missing.map((name) => `${name} does not exist`),
    ...(row.callable ? [] : [`the function ${CALLED} does not exist`]),
    ...row.tables.flatMap((found) => faultsOf(found, tables)),
  ];
  return {
    fault: faults.length === 0 ? null : faults.join('; '),
    isReadable: row.missing.length === 0,
    revision: JSON.stringify(row.tables),
  };
}

function faultsOf(
  { name: table, exists, isPartitioned, triggers }: Found,
  tables: readonly RecordedTable[],
): string[] {
  if (!exists) return [`the table ${table} does not exist`];
  const enabled = new Map(triggers.map(({ name, enabled: mode }) => [name, mode]));
  const found = {
    missing: [] as string[],
    disabled: [] as string[],
    'not set as they have to be': [] as string[],
  };
  const ofTable = tables.filter((each) => each.table === table);
  const wanted = ofTable.flatMap((each) => (isPartitioned && each.ofPartitioned) || each.triggers);
  for (const { name, fires } of wanted) {
    const mode = enabled.get(name);
    if (mode === undefined) found.missing.push(name);
    else if (mode === 'D') found.disabled.push(name);
    else if (!FIRES_AS[fires].has(mode)) found['not set as they have to be'].push(name);
  }
  return Object.entries(found)
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `triggers of the table ${table} are ${what}: ${names.join(', ')}`);
}

/** A trigger, with the SQL that makes it: what follows `CREATE TRIGGER <name>`. */
export interface Trigger extends TableTrigger {
  readonly definition: string;
}

/** What records changes in a database. */
export interface RecordingSchema {
  /** Make it all. They run before the application's. */
  readonly migrations: readonly (new () => MigrationInterface)[];
  /** Statements that make the functions, by their names. */
  readonly functions: Functions;
  /** The triggers that are made again if a table has lost them, by the names of the tables. */
  readonly triggers: (schema: string) => Readonly<Record<string, readonly Trigger[]>>;
}

interface Enabled {
  readonly name: string;
  readonly mode: string;
}

const FOUND = `SELECT tgname AS name, tgenabled AS mode FROM pg_trigger WHERE tgrelid = to_regclass($1) AND NOT tgisinternal`;

const MODES = { 'in the origin role': 'O', 'in the replica role': 'R', 'in every role': 'A' } as const;

const ENABLE = {
  'in the origin role': '',
  'in the replica role': 'REPLICA',
  'in every role': 'ALWAYS',
} as const;

/**
 * Makes the outbox, the functions and the triggers again that are missing, and sets back those that were disabled or set otherwise, as an import
 * with `DISABLE TRIGGER ALL` leaves them. What changed meanwhile was not recorded, so the caches are emptied.
 *
 * @returns what was repaired, in words
 */
export async function repairRecording(
  dataSource: DataSource,
  { functions, triggers }: RecordingSchema,
): Promise<readonly string[]> {
  return await dataSource.transaction(async (manager) => {
    const repaired = await makeMissing(manager, functions);
    for (const [table, wanted] of Object.entries(triggers(await schemaOf(manager)))) {
      const found: Enabled[] = await manager.query(FOUND, [table]);
      const modes = new Map(found.map(({ name, mode }) => [name, mode]));
      for (const trigger of wanted) {
        if (modes.get(trigger.name) === MODES[trigger.fires]) continue;
        await repair(manager, table, trigger, modes.has(trigger.name));
        repaired.push(`trigger ${trigger.name} of ${table}`);
      }
    }
    if (repaired.length > 0) await manager.query(FLUSH);
    return repaired;
  });
}

async function repair(
  manager: EntityManager,
  table: string,
  { name, definition, fires }: Trigger,
  exists: boolean,
): Promise<void> {
  if (!exists) await manager.query(`CREATE TRIGGER ${name} ${definition}`);
  await manager.query(`ALTER TABLE ${table} ENABLE ${ENABLE[fires]} TRIGGER ${name}`);
}
