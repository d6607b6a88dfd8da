import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the database remembers for the caches in front of it: below which transaction the outbox is incomplete, how often an
 * operator emptied the caches, and which process leads the relay of each Redis namespace.
 *
 * A trigger remembers deletions from the outbox, since a release that does not know of it prunes the outbox as well.
 */
export class DatabaseHistory1700000000006 implements MigrationInterface {
  readonly name = 'DatabaseHistory1700000000006';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [STATE, ONE_ROW, LEADERS, REMEMBER_PRUNED, ON_DELETE, ON_TRUNCATE])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER remember_truncated ON outbox');
    await runner.query('DROP TRIGGER remember_pruned ON outbox');
    await runner.query('DROP FUNCTION remember_pruned_outbox');
    await runner.query('DROP TABLE relay_leaders');
    await runner.query('DROP TABLE outbox_state');
  }
}

export const STATE = `
  CREATE TABLE outbox_state (
    is_only_row  boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
    pruned_below xid8 NOT NULL DEFAULT '0',
    flushes      bigint NOT NULL DEFAULT 0
  )`;

const ONE_ROW = 'INSERT INTO outbox_state DEFAULT VALUES';

export const LEADERS = `
  CREATE TABLE relay_leaders (
    namespace text PRIMARY KEY,
    leader    text NOT NULL,
    former    text NOT NULL DEFAULT ''
  )`;

const REMEMBER_PRUNED = `
  CREATE FUNCTION remember_pruned_outbox() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
  DECLARE below xid8;
  BEGIN
    IF TG_OP = 'TRUNCATE' THEN
      below := pg_snapshot_xmax(pg_current_snapshot());
    ELSE
      SELECT (transaction::text::numeric + 1)::text::xid8 INTO below
      FROM gone ORDER BY transaction DESC LIMIT 1;
    END IF;
    UPDATE outbox_state SET pruned_below = below WHERE below > pruned_below;
    RETURN NULL;
  END $$`;

export const ON_DELETE = `
  CREATE TRIGGER remember_pruned AFTER DELETE ON outbox
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_pruned_outbox()`;

export const ON_TRUNCATE = `
  CREATE TRIGGER remember_truncated AFTER TRUNCATE ON outbox
  FOR EACH STATEMENT EXECUTE FUNCTION remember_pruned_outbox()`;
