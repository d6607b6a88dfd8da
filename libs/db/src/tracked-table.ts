import type { RecordedTable, TableTrigger } from './recording.js';
import { EACH_ROW } from './tracking-recorders.js';

/** A table whose rows are cached. */
export interface TrackedTable {
  /** As Postgres has it, capitals and all; `<schema>.<table>` where the search path does not lead to it. */
  readonly table: string;
  /** The column that the cache key ends with, unique by itself. */
  readonly key: string;
  /** The cache key of a row is `<prefix>:<key>`. */
  readonly prefix: string;
  /** Columns that lists are made by: a change makes the group `<column>:<value>` stale. Default: none. */
  readonly groups?: readonly string[];
}

const trigger = (name: string, fires: TableTrigger['fires']): TableTrigger => ({
  name: `zz_hotshelf_${name}`,
  fires,
});

const OF_BOTH = [
  trigger('stamp_insert', 'in every role'),
  trigger('stamp_update', 'in every role'),
  trigger('record_truncate', 'in every role'),
];

/** A table with the triggers of `hotshelf_track`. */
export function recordedTable(table: string): RecordedTable {
  const statements = ['insert', 'update', 'delete'].map((event) =>
    trigger(`record_${event}`, 'in the origin role'),
  );
  return {
    table: relationText(table),
    triggers: [...OF_BOTH, ...statements, trigger('record_row', 'in the replica role')],
    ofPartitioned: [...OF_BOTH, trigger(EACH_ROW, 'in every role')],
  };
}

/** Keys begin with it: no separator of keys, and nothing that a Redis Cluster reads as a tag. */
const BEGINNING = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/**
 * The statement that makes a table coherent, for a migration of any tool: columns `version` and `last_updated`, and triggers that
 * write an outbox row for each change in the same transaction, whatever program made it. `runMigrations` brings its function.
 *
 * @throws TypeError for a prefix or a group that is not of letters, digits, _ and -, the first no digit
 */
export function trackTable({ table, key, prefix, groups = [] }: TrackedTable): string {
  for (const name of [prefix, ...groups])
    if (!BEGINNING.test(name))
      throw new TypeError(`not of letters, digits, _ and -, the first no digit: ${JSON.stringify(name)}`);
  const options = [`key => ${literal(key)}`, `prefix => ${literal(prefix)}`];
  if (groups.length > 0) options.push(`groups => '{${groups.join()}}'`);
  return `SELECT hotshelf_track(${[literal(relationText(table)), ...options].join(', ')})`;
}

/** The way back: changes of the table are no longer recorded. Its columns stay. */
export function untrackTable({ table }: Pick<TrackedTable, 'table'>): string {
  return `SELECT hotshelf_untrack(${literal(relationText(table))})`;
}

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A name as a part of a statement. */
export const quotedName = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** A table's name as a part of a statement. */
export const quotedRelation = (table: string) => table.split('.').map(quotedName).join('.');

/** The same as text that Postgres reads as a name. */
export const relationText = (table: string) =>
  table
    .split('.')
    .map((name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : quotedName(name)))
    .join('.');
