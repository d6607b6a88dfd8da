import type { Catalogue } from './catalogue.ts';

const COUNT = `
  SELECT coalesce(sum(calls), 0)::int AS calls FROM pg_stat_statements
  WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND query LIKE '%' || $1 || '%' AND query NOT LIKE '%pg_stat_statements%'`;

/** How many statements that contain a text were executed in this database so far, counted by Postgres itself. */
export async function statementsSoFar(catalogue: Catalogue, text: string): Promise<number> {
  await catalogue.sql('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  return (await catalogue.sql<{ calls: number }>(COUNT, [text]))[0]?.calls ?? 0;
}

/** How many statements that contain a text were executed during some work, by all clients. */
export async function statementsDuring(
  catalogue: Catalogue,
  text: string,
  work: () => Promise<unknown>,
): Promise<number> {
  const before = await statementsSoFar(catalogue, text);
  await work();
  return (await statementsSoFar(catalogue, text)) - before;
}
