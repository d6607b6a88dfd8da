import type { MigrationInterface, QueryRunner } from 'typeorm';
import { GREATEST_VERSION } from './0007-recorded-kinds.js';

const TABLES = ['products', 'categories'] as const;

/**
 * Rows that were imported with versions of no use are stamped. Reads whole tables, under locks that hinder neither readers
 * nor writers, which is why it is not a part of 0007.
 */
export class VersionRange1700000000008 implements MigrationInterface {
  readonly name = 'VersionRange1700000000008';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) {
      await runner.query(
        `UPDATE ${table} SET version = 0 WHERE version NOT BETWEEN 0 AND ${GREATEST_VERSION}`,
      );
      await runner.query(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${table}_version_range`);
    }
  }

  /** What was stamped stays stamped. */
  async down(): Promise<void> {
    await Promise.resolve();
  }
}
