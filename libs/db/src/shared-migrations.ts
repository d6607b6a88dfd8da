import type { MigrationInterface, QueryRunner } from 'typeorm';
import { type Functions, NOTES, rememberPruned, schemaOf, stampRow } from './outbox-schema.js';
import { trackFunctions } from './track-function.js';
import { recordTracked, trackingRecorders } from './tracked-table.js';

/** Those that tables of any application are tracked by. */
export const trackingFunctions: Functions = (schema) => ({
  ...trackingRecorders(schema),
  ...trackFunctions(schema),
});

/** `hotshelf_track` in SQL. Replaces the functions that `trackTable` made before. */
export class TrackFunction1700000000009 implements MigrationInterface {
  readonly name = 'TrackFunction1700000000009';

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, statement] of Object.entries(trackingFunctions(await schemaOf(runner.manager)))) {
      await runner.query(statement);
      await runner.query(`REVOKE EXECUTE ON FUNCTION ${name} FROM PUBLIC`);
    }
  }

  /** Fails while a table is tracked: its triggers need the functions. */
  async down(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(trackingFunctions('public')).toReversed())
      await runner.query(`DROP FUNCTION ${name}`);
  }
}

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

/**
 * The functions that a change of one row runs, replaced in their place: no trigger is made again, which would have every process
 * empty its caches, and no table is locked.
 */
export class CheaperTriggers1700000000011 implements MigrationInterface {
  readonly name = 'CheaperTriggers1700000000011';

  async up(runner: QueryRunner): Promise<void> {
    const schema = await schemaOf(runner.manager);
    await runner.query(stampRow(schema));
    await runner.query(recordTracked(schema));
  }

  /** Those before recorded the same. */
  async down(): Promise<void> {
    await Promise.resolve();
  }
}

/** Run behind those that make the outbox, whatever they are. */
export const SHARED_MIGRATIONS = [
  TrackFunction1700000000009,
  OutboxDeletions1700000000010,
  CheaperTriggers1700000000011,
] as const;
