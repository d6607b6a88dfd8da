export { BatchLoader } from './batching/batch-loader.js';
export { DatabaseLink } from './database-link.js';
export { DbModule } from './db.module.js';
export { type OutboxCursor, type OutboxRange, OutboxSession } from './outbox/outbox-session.js';
export { OutboxWatch } from './outbox/outbox-watch.js';
export { runMigrations } from './run-migrations.js';
export { DatabaseWriter } from './writing/database-writer.js';
export type { Change, Sql, Written } from './writing/written.js';
