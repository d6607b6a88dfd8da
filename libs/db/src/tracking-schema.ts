import type { MigrationInterface, QueryRunner } from 'typeorm';
import { type Functions, schemaOf } from './outbox-schema.js';
import { trackFunctions } from './track-function.js';
import { trackingRecorders } from './tracking-recorders.js';

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
