import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A product of no category is on the page of all products, and no category's row tells that it came or went. The group of
 * all, `category:*`, gets a row for it then. A product that comes to a category, or leaves one, has that category's row.
 */
export class UncategorisedListing1700000000005 implements MigrationInterface {
  readonly name = 'UncategorisedListing1700000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(RECORD_LISTING);
    await runner.query(trigger('INSERT', 'NEW TABLE AS changed'));
    await runner.query(trigger('UPDATE', 'OLD TABLE AS former NEW TABLE AS changed'));
    await runner.query(trigger('DELETE', 'OLD TABLE AS former'));
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const event of ['insert', 'update', 'delete']) {
      await runner.query(`DROP TRIGGER record_listing_${event} ON products`);
    }
    await runner.query('DROP FUNCTION record_uncategorised_listing');
  }
}

/** Of an update it is a new id alone: the product that had the former one is no more. See 0002 for EXECUTE. */
const RECORD_LISTING = `
  CREATE FUNCTION record_uncategorised_listing() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    concerned boolean;
  BEGIN
    IF TG_OP = 'INSERT' THEN
      concerned := EXISTS (SELECT FROM changed WHERE category_id IS NULL);
    ELSIF TG_OP = 'DELETE' THEN
      concerned := EXISTS (SELECT FROM former WHERE category_id IS NULL);
    ELSIF EXISTS (SELECT FROM changed WHERE category_id IS NULL) THEN
      EXECUTE 'SELECT EXISTS (SELECT id FROM changed WHERE category_id IS NULL EXCEPT SELECT id FROM former)'
      INTO concerned;
    END IF;
    IF concerned THEN
      INSERT INTO outbox (key, version) VALUES ('category:*', nextval('catalogue_version'));
    END IF;
    RETURN NULL;
  END $$`;

function trigger(event: string, transition: string): string {
  return `
    CREATE TRIGGER record_listing_${event.toLowerCase()} AFTER ${event} ON products
    REFERENCING ${transition} FOR EACH STATEMENT EXECUTE FUNCTION record_uncategorised_listing()`;
}
