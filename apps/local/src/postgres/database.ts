import { Client, DatabaseError } from 'pg';
import { OWNER } from './initdb.js';

const INVALID_CATALOG_NAME = '3D000';

/**
 * The address of our database, on a server that accepts connections; the database is made where it is missing.
 *
 * @throws where the server refuses us
 */
export async function openDatabase(port: number, password: string): Promise<string> {
  const url = urlOf(port, password, OWNER);
  try {
    await query(url, 'SELECT 1');
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== INVALID_CATALOG_NAME) throw error;
    await query(urlOf(port, password, 'postgres'), `CREATE DATABASE ${OWNER}`);
    await query(url, 'SELECT 1');
  }
  return url;
}

function urlOf(port: number, password: string, database: string): string {
  // Said, since a PGSSLMODE that was meant for another server would ask this one for what it hasn't.
  return `postgres://${OWNER}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
}

async function query(connectionString: string, sql: string): Promise<void> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
