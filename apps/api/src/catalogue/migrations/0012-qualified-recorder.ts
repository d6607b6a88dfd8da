import type { MigrationInterface, QueryRunner } from 'typeorm';
import { FUNCTIONS, functions, schemaOf } from './0007-recorded-kinds.js';

/**
 * `record_products` of 0007 without a search path of its own, which took a sixth of what the triggers add to a change of one
 * row: Postgres sets it for each call and looks names up again. So every name is qualified, operators too. The function is
 * replaced in its place: no trigger is made again, no table is locked.
 */
export class QualifiedRecorder1700000000012 implements MigrationInterface {
  readonly name = 'QualifiedRecorder1700000000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(recordProducts(await schemaOf(runner)));
  }

  async down(runner: QueryRunner): Promise<void> {
    const former = functions(await schemaOf(runner))[FUNCTIONS.indexOf('record_products')] ?? '';
    await runner.query(former.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION'));
  }
}

const OUTBOX = 'outbox (key, version, kind, groups)';
const NO_GROUPS = `'{}'::pg_catalog.text[]`;
const EQUALS = 'OPERATOR(pg_catalog.=)';
const JOINED = 'OPERATOR(pg_catalog.||)';
const ONCE = `ON CONFLICT (transaction, key) WHERE kind ${EQUALS} 'derived' DO NOTHING`;

/** The categories of some rows; a product of none is on the page of all. */
const countedIn = (schema: string, rows: string) => `
  INSERT INTO ${schema}.${OUTBOX}
  SELECT 'category:' ${JOINED} coalesce(category_id, '*'), pg_catalog.nextval('${schema}.catalogue_version'), 'derived',
    CASE WHEN category_id IS NULL THEN ARRAY['category:*'] ELSE ARRAY['category:*', 'category:' ${JOINED} category_id] END
  FROM (SELECT DISTINCT category_id FROM ${rows}) AS counted
  ${ONCE}`;

/** See 0007 for the reasons of what it does. `IN` and `<>` of rows have no qualified form: the path would choose their operators. */
export const recordProducts = (schema: string) => `
  CREATE OR REPLACE FUNCTION ${schema}.record_products() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  DECLARE
    drawn_by_others boolean;
  BEGIN
    IF TG_OP ${EQUALS} 'UPDATE' THEN
      INSERT INTO ${schema}.${OUTBOX}
      SELECT 'product:' ${JOINED} id, version, 'row', ${NO_GROUPS} FROM changed;
      IF pg_catalog.current_setting('hotshelf.moved', true) ${EQUALS} 'yes' THEN ${recordMoves(schema)}
      END IF;
      RETURN NULL;
    END IF;
    IF TG_OP ${EQUALS} 'DELETE' THEN
      INSERT INTO ${schema}.${OUTBOX}
      SELECT 'product:' ${JOINED} id, ${schema}.next_version(version), 'removed', ${NO_GROUPS} FROM former;
      ${countedIn(schema, 'former')};
      RETURN NULL;
    END IF;
    SELECT (SELECT last_value FROM ${schema}.catalogue_version) OPERATOR(pg_catalog.-) pg_catalog.min(version)
      OPERATOR(pg_catalog.>=) pg_catalog.count(*)
    INTO drawn_by_others FROM changed;
    IF drawn_by_others THEN
      EXECUTE $sql$
        UPDATE ${schema}.products SET version = 0 FROM changed
        WHERE products.id ${EQUALS} changed.id AND products.version ${EQUALS} changed.version AND ($1 OR EXISTS (
          SELECT FROM ${schema}.outbox
          WHERE kind ${EQUALS} 'removed' AND key ${EQUALS} ('product:' ${JOINED} changed.id)
          AND outbox.version OPERATOR(pg_catalog.>) changed.version
        ))
      $sql$ USING pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.<>) 'read committed';
    END IF;
    INSERT INTO ${schema}.${OUTBOX}
    SELECT 'product:' ${JOINED} id, version, 'row', ${NO_GROUPS} FROM changed;
    ${countedIn(schema, 'changed')};
    RETURN NULL;
  END $$`;

const recordMoves = (schema: string) => `
      PERFORM pg_catalog.set_config('hotshelf.moved', '', true);
      INSERT INTO ${schema}.${OUTBOX}
      SELECT 'product:' ${JOINED} id, ${schema}.next_version(pg_catalog.max(version)), 'removed', ${NO_GROUPS}
      FROM (SELECT id, version, true AS is_former FROM former UNION ALL SELECT id, version, false FROM changed) AS states
      GROUP BY id HAVING pg_catalog.bool_and(is_former);
      EXECUTE $sql$
        UPDATE ${schema}.products SET version = 0 FROM changed
        WHERE products.id ${EQUALS} changed.id AND products.version ${EQUALS} changed.version
        AND NOT EXISTS (SELECT FROM former WHERE former.id ${EQUALS} changed.id)
      $sql$;
      ${countedIn(
        schema,
        `(
        (SELECT id, category_id FROM former EXCEPT SELECT id, category_id FROM changed)
        UNION ALL
        (SELECT id, category_id FROM changed EXCEPT SELECT id, category_id FROM former)
      ) AS moved`,
      )};`;
