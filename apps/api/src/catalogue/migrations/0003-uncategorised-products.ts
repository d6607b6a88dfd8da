import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A product may belong to no category. Its changes are nobody's but its own then: the recorder must not write a row
 * for the category NULL, whose key would be NULL and fail the change itself.
 */
export class UncategorisedProducts1700000000003 implements MigrationInterface {
  readonly name = 'UncategorisedProducts1700000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE products ALTER COLUMN category_id DROP NOT NULL');
    await runner.query(recorder(' WHERE category_id IS NOT NULL'));
  }

  /** Fails while there is a product of no category: which one it should get, nobody can know. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE products ALTER COLUMN category_id SET NOT NULL');
    await runner.query(recorder(''));
  }
}

/** As in 0002 but for the filter; see there why it is as it is. */
function recorder(filter: string): string {
  return `
  CREATE OR REPLACE FUNCTION record_product_changes() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      -- An insert that waited for the deletion of the same id took its version before the deletion took one.
      EXECUTE $sql$
        UPDATE products SET stock = products.stock FROM changed
        WHERE products.id = changed.id AND EXISTS (
          SELECT FROM outbox WHERE outbox.key = 'product:' || changed.id AND outbox.version > changed.version
        )
      $sql$;
      INSERT INTO outbox (key, version) SELECT 'product:' || id, version FROM changed;
      INSERT INTO outbox (key, version)
      SELECT 'category:' || category_id, nextval('catalogue_version')
      FROM (SELECT DISTINCT category_id FROM changed) AS grown${filter};
    ELSIF TG_OP = 'UPDATE' THEN
      INSERT INTO outbox (key, version) SELECT 'product:' || id, version FROM changed;
      EXECUTE $sql$
        INSERT INTO outbox (key, version)
        SELECT 'product:' || former.id, nextval('catalogue_version')
        FROM former WHERE NOT EXISTS (SELECT FROM changed WHERE changed.id = former.id)
      $sql$;
      EXECUTE $sql$
        INSERT INTO outbox (key, version)
        SELECT 'category:' || category_id, nextval('catalogue_version')
        FROM (
        SELECT former.category_id FROM former LEFT JOIN changed USING (id)
        WHERE former.category_id IS DISTINCT FROM changed.category_id
        UNION
        SELECT changed.category_id FROM changed LEFT JOIN former USING (id)
        WHERE former.category_id IS DISTINCT FROM changed.category_id
        ) AS moved${filter}
      $sql$;
    ELSE
      INSERT INTO outbox (key, version) SELECT 'product:' || id, nextval('catalogue_version') FROM former;
      INSERT INTO outbox (key, version)
      SELECT 'category:' || category_id, nextval('catalogue_version')
      FROM (SELECT DISTINCT category_id FROM former) AS shrunk${filter};
    END IF;
    NOTIFY hotshelf_outbox;
    RETURN NULL;
  END $$`;
}
