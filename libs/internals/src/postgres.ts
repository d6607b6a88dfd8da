import type pg from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';

/**
 * The pool of a data source, to be shared.
 *
 * @param source one of Postgres that is initialized
 * @returns undefined if it is not where it is expected
 */
export function poolOfSource(source: DataSource): pg.Pool | undefined {
  return (source.driver as PostgresDriver).master;
}

/** Ends a session whose server does not answer: a goodbye would wait to be confirmed. */
export function cutOff(client: pg.Client): void {
  const { connection } = client as Partial<pg.Client>;
  if (connection === undefined) void client.end().catch(() => undefined);
  else connection.stream.destroy();
}
