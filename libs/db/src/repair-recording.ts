import type { DataSource, EntityManager } from 'typeorm';
import { FLUSH } from './flush-caches.js';
import { LEADERS, ON_DELETE, ON_TRUNCATE, STATE } from './migrations/0006-database-history.js';
import {
  ENABLE,
  FUNCTIONS,
  functions,
  TABLES,
  type Trigger,
  triggersOf,
} from './migrations/0007-recorded-kinds.js';

interface Enabled {
  readonly name: string;
  readonly mode: string;
}

const FOUND = `SELECT tgname AS name, tgenabled AS mode FROM pg_trigger WHERE tgrelid = to_regclass($1) AND NOT tgisinternal`;

/** As the migrations left it: 0002 made it, 0006 and 0007 changed it. */
const OUTBOX = [
  `CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key         text COLLATE "C" NOT NULL,
    version     bigint NOT NULL,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind        text COLLATE "C" NOT NULL DEFAULT 'row',
    groups      text[]
  )`,
  'CREATE INDEX outbox_by_transaction ON outbox (transaction, id)',
  `CREATE INDEX outbox_removals ON outbox (key, version) WHERE kind = 'removed'`,
  `CREATE UNIQUE INDEX outbox_derived ON outbox (transaction, key) WHERE kind = 'derived'`,
  ON_DELETE,
  ON_TRUNCATE,
];

const RELATIONS = { outbox_state: [STATE], relay_leaders: [LEADERS], outbox: OUTBOX } as const;

const MODES = { 'in the origin role': 'O', 'in the replica role': 'R', 'in every role': 'A' } as const;

/**
 * Makes the outbox, the functions and the triggers again that are missing, and sets back those that were disabled or set otherwise, as an import
 * with `DISABLE TRIGGER ALL` leaves them. What changed meanwhile was not recorded, so the caches are emptied.
 *
 * @returns what was repaired, in words
 */
export async function repairRecording(dataSource: DataSource): Promise<readonly string[]> {
  return await dataSource.transaction(async (manager) => {
    const [{ schema }] = await manager.query('SELECT quote_ident(current_schema()) AS schema');
    const repaired: string[] = [];
    for (const [name, statements] of Object.entries(RELATIONS)) {
      const [{ exists }] = await manager.query('SELECT to_regclass($1) IS NOT NULL AS exists', [name]);
      if (exists) continue;
      for (const statement of statements) await manager.query(statement);
      repaired.push(`table ${name}`);
    }
    const statements = functions(schema);
    for (const [at, name] of FUNCTIONS.entries()) {
      const [{ exists }] = await manager.query('SELECT to_regproc($1) IS NOT NULL AS exists', [name]);
      if (exists) continue;
      await manager.query(statements[at] ?? '');
      await manager.query(`REVOKE EXECUTE ON FUNCTION ${name} FROM PUBLIC`);
      repaired.push(`function ${name}`);
    }
    for (const table of TABLES) {
      const found: Enabled[] = await manager.query(FOUND, [table]);
      const modes = new Map(found.map(({ name, mode }) => [name, mode]));
      for (const trigger of triggersOf(table, schema)) {
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
  const how = fires === 'in the origin role' ? '' : `${ENABLE[fires]} `;
  await manager.query(`ALTER TABLE ${table} ENABLE ${how}TRIGGER ${name}`);
}
