import type { MigrationInterface, QueryRunner } from 'typeorm';
import { NOTES, rememberPruned } from './outbox-schema.js';

/**
 * Remembers which transaction deleted from the outbox last. A watermark that sees that transaction counts from after the
 * deletion: it misses nothing, also while an older transaction is open and holds its beginning back.
 */
export class OutboxDeletions1700000000010 implements MigrationInterface {
  readonly name = 'OutboxDeletions1700000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE outbox_state ADD COLUMN IF NOT EXISTS pruned_by xid8');
    await runner.query(rememberPruned(NOTES.everyDeletion));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(rememberPruned(NOTES.thoseBeyond));
    await runner.query('ALTER TABLE outbox_state DROP COLUMN pruned_by');
  }
}
