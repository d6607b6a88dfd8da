import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The catalogue. Prices are `numeric`, so that no binary rounding ever touches money; ids sort bytewise
 * (`COLLATE "C"`), so that keyset pages mean the same order on every machine and locale. Every change gets a
 * version from one sequence, whoever makes it: two states of a thing are compared by it and never by a clock.
 */
export class Catalogue1700000000001 implements MigrationInterface {
  readonly name = 'Catalogue1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SEQUENCE catalogue_version');
    await runner.query(`
      CREATE TABLE categories (
        id           text COLLATE "C" PRIMARY KEY,
        name         text NOT NULL,
        last_updated timestamptz NOT NULL DEFAULT clock_timestamp(),
        version      bigint NOT NULL DEFAULT nextval('catalogue_version')
      )`);
    await runner.query(`
      CREATE TABLE products (
        id           text COLLATE "C" PRIMARY KEY,
        name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
        price        numeric(9, 2) NOT NULL CHECK (price > 0),
        stock        integer NOT NULL CHECK (stock >= 0),
        category_id  text COLLATE "C" NOT NULL REFERENCES categories (id),
        last_updated timestamptz NOT NULL DEFAULT clock_timestamp(),
        version      bigint NOT NULL DEFAULT nextval('catalogue_version')
      )`);
    await runner.query(`
      CREATE FUNCTION stamp_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.version := nextval('catalogue_version');
        NEW.last_updated := clock_timestamp();
        RETURN NEW;
      END $$`);
    for (const table of ['categories', 'products']) {
      await runner.query(
        `CREATE TRIGGER stamp_change BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION stamp_change()`,
      );
    }
    await runner.query('CREATE INDEX products_by_category ON products (category_id, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE products');
    await runner.query('DROP TABLE categories');
    await runner.query('DROP FUNCTION stamp_change');
    await runner.query('DROP SEQUENCE catalogue_version');
  }
}
