export { BatchLoader } from './batching/batch-loader.js';
export { DatabaseLink } from './database-link.js';
export { DbModule } from './db.module.js';
export { type OutboxCursor, type OutboxRow, OutboxSession } from './outbox/outbox-session.js';
export { runMigrations } from './run-migrations.js';
