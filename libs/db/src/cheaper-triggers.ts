import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf, stampRow } from './outbox-schema.js';
import { recordTracked } from './tracking-recorders.js';

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
