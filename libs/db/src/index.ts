export { BatchLoader, BatchLoaders } from './batch-loader.js';
export { CombinedChanges } from './combined-changes.js';
export { DatabaseLink } from './database-link.js';
export { type DatabaseState, flushCaches } from './database-state.js';
export { DatabaseWriter } from './database-writer.js';
export { DbModule } from './db.module.js';
export type { IdempotentRequest, RememberedAnswer } from './idempotency.js';
export { fingerprintOf, IdempotencyKeys } from './idempotency.js';
export { type FeedPosition, type FeedRow, OutboxFeed, OutboxWatch } from './outbox-readers.js';
export { OutboxSession } from './outbox-session.js';
export { addressOf, POSTGRES_POOL, poolOf } from './pool.js';
export { Primary } from './primary.js';
export type { RecordedTable, Recording, RecordingSchema } from './recording.js';
export { MigrationError, type MigrationOptions, migration, runMigrations } from './run-migrations.js';
export { type PreparedStatement, prepared } from './session.js';
export {
  quotedName,
  quotedRelation,
  recordedTable,
  relationText,
  type TrackedTable,
  trackTable,
  untrackTable,
} from './tracked-table.js';
export type { BeforeCommit, Change, Sql, Written } from './transaction.js';
export type { OutboxCursor, OutboxRange } from './unapplied-changes.js';
