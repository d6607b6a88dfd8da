import type { DatabaseConfig } from '#libs/config';
import { type MigrationOptions, type RecordedTable, type RecordingSchema, runMigrations } from '#libs/db';
import { Catalogue1700000000001 } from './0001-catalogue.js';
import { Outbox1700000000002 } from './0002-outbox.js';
import { UncategorisedProducts1700000000003 } from './0003-uncategorised-products.js';
import { IdempotencyKeys1700000000004 } from './0004-idempotency-keys.js';
import { UncategorisedListing1700000000005 } from './0005-uncategorised-listing.js';
import { DatabaseHistory1700000000006 } from './0006-database-history.js';
import {
  FUNCTIONS,
  functions,
  RecordedKinds1700000000007,
  TABLES,
  type Table,
  triggersOf,
} from './0007-recorded-kinds.js';
import { VersionRange1700000000008 } from './0008-version-range.js';
import { QualifiedRecorder1700000000012, recordProducts } from './0012-qualified-recorder.js';

/** Every migration, oldest first. A migration that was released is never edited. */
export const MIGRATIONS = [
  Catalogue1700000000001,
  Outbox1700000000002,
  UncategorisedProducts1700000000003,
  IdempotencyKeys1700000000004,
  UncategorisedListing1700000000005,
  DatabaseHistory1700000000006,
  RecordedKinds1700000000007,
  VersionRange1700000000008,
  QualifiedRecorder1700000000012,
];

/** They make the outbox too: the first releases had no other tables. */
const CATALOGUE: RecordingSchema = {
  migrations: MIGRATIONS,
  functions: (schema) => {
    const statements = functions(schema);
    return {
      ...Object.fromEntries(FUNCTIONS.map((name, at) => [name, statements[at] ?? ''])),
      record_products: recordProducts(schema),
    };
  },
  triggers: (schema) => Object.fromEntries(TABLES.map((table) => [table, triggersOf(table, schema)])),
};

/** A table of the catalogue, with the triggers that its changes are recorded by. */
export const recordedTable = (table: Table): RecordedTable => ({
  table,
  triggers: triggersOf(table, 'public'),
});

/**
 * Brings the schema of the catalogue up to date. See `runMigrations`.
 *
 * @throws MigrationError
 */
export function migrateCatalogue(
  config: DatabaseConfig,
  options: Omit<MigrationOptions, 'recording'> = {},
): Promise<readonly string[]> {
  return runMigrations(config, { ...options, recording: CATALOGUE });
}
