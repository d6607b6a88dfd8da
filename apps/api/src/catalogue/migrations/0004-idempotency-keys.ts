import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What was answered to whom under which key, written in the transaction of the change itself: the two can never
 * disagree, whatever dies between the commit and the answer.
 */
export class IdempotencyKeys1700000000004 implements MigrationInterface {
  readonly name = 'IdempotencyKeys1700000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE idempotency_keys (
        owner       text COLLATE "C" NOT NULL,
        key         text COLLATE "C" NOT NULL,
        fingerprint text COLLATE "C" NOT NULL,
        status      smallint NOT NULL,
        etag        text NOT NULL,
        location    text,
        body        text NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (owner, key)
      )`);
    await runner.query('CREATE INDEX idempotency_keys_by_age ON idempotency_keys (recorded_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotency_keys');
  }
}
