import type { DataSource, EntityManager, MigrationInterface } from 'typeorm';
import { FLUSH } from './flush-caches.js';
import { type Functions, makeMissing, schemaOf } from './outbox-schema.js';
import type { TableTrigger } from './recording.js';

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
