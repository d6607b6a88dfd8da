import { durationMs, onOff, optionalServerUrl, serverUrl, wholeNumber } from '../values.js';
import { slice, variable } from '../variables.js';

const databaseVariables = {
  DATABASE_URL: variable({
    schema: serverUrl('postgres', 'postgresql'),
    rule: 'a URL postgres://user:password@host:port/database',
    fallback: null,
    about: 'Postgres database of the catalogue. Required. `npm start` starts one if it is not set.',
    secret: true,
  }),
  DATABASE_DIRECT_URL: variable({
    schema: optionalServerUrl('postgres', 'postgresql'),
    rule: 'a URL postgres://user:password@host:port/database, or empty',
    fallback: '',
    about:
      'The same database past a pooler in transaction mode, for what needs a session of its own: the relay, its watch, migrations. Empty: `DATABASE_URL`.',
    secret: true,
  }),
  DATABASE_POOL_SIZE: variable({
    schema: wholeNumber(1, 500),
    rule: 'a whole number from 1 to 500',
    fallback: '10',
    about: 'Maximum connections to Postgres, per process.',
  }),
  DATABASE_CONNECT_TIMEOUT: variable({
    schema: durationMs(100, 60_000),
    rule: 'a duration from 100ms to 1m',
    fallback: '2s',
    about: 'Maximum time to open a connection to Postgres or to wait for a free one.',
  }),
  DATABASE_LOAD_TIMEOUT: variable({
    schema: durationMs(10, 60_000),
    rule: 'a duration from 10ms to 1m',
    fallback: '2s',
    about: 'Maximum time of a load from Postgres. Then it is cancelled.',
  }),
  DATABASE_LOAD_CONCURRENCY: variable({
    schema: wholeNumber(1, 500),
    rule: 'a whole number from 1 to 500',
    fallback: '4',
    about: 'Concurrent load statements per process, whatever the traffic: the bulkhead in front of Postgres.',
  }),
  DATABASE_LOAD_QUEUE: variable({
    schema: wholeNumber(0, 100_000),
    rule: 'a whole number from 0 to 100000',
    fallback: '200',
    about: 'Load statements that may wait for a slot of the bulkhead. Further ones are refused immediately.',
  }),
  DATABASE_PREPARED_STATEMENTS: variable({
    schema: onOff(),
    rule: 'on or off',
    fallback: 'on',
    about:
      'Whether loads use prepared statements. Turn it off behind a transaction pooler that does not track them.',
  }),
  DATABASE_WRITE_CONCURRENCY: variable({
    schema: wholeNumber(1, 500),
    rule: 'a whole number from 1 to 500',
    fallback: '4',
    about: 'Concurrent writes per process. Loads and writes have separate slots.',
  }),
  DATABASE_WRITE_QUEUE: variable({
    schema: wholeNumber(0, 100_000),
    rule: 'a whole number from 0 to 100000',
    fallback: '2000',
    about: 'Writes that may wait for a slot. Further ones are refused immediately.',
  }),
};

/** The origin. */
export abstract class DatabaseConfig {
  abstract readonly url: string;
  /** Leads to the database itself, and not to a pooler in front of it. */
  abstract readonly directUrl: string;
  abstract readonly poolSize: number;
  abstract readonly connectTimeoutMs: number;
  abstract readonly loadTimeoutMs: number;
  /**
   * How long a missed key gathers others while all slots are taken, and as long again its batch may wait for a slot. Both
   * and the statement itself have to be over before a reader gives up.
   */
  abstract readonly loadWaitMs: number;
  abstract readonly loadConcurrency: number;
  abstract readonly loadQueue: number;
  /** Whether statements that are sent over and over are prepared. */
  abstract readonly preparedStatements: boolean;
  abstract readonly writeConcurrency: number;
  abstract readonly writeQueue: number;
}

export const databaseSlice = slice(DatabaseConfig, databaseVariables, (values) => ({
  url: values.DATABASE_URL,
  directUrl: values.DATABASE_DIRECT_URL || values.DATABASE_URL,
  poolSize: values.DATABASE_POOL_SIZE,
  connectTimeoutMs: values.DATABASE_CONNECT_TIMEOUT,
  loadTimeoutMs: values.DATABASE_LOAD_TIMEOUT,
  loadWaitMs: values.DATABASE_LOAD_TIMEOUT / 8,
  loadConcurrency: values.DATABASE_LOAD_CONCURRENCY,
  loadQueue: values.DATABASE_LOAD_QUEUE,
  preparedStatements: values.DATABASE_PREPARED_STATEMENTS,
  writeConcurrency: values.DATABASE_WRITE_CONCURRENCY,
  writeQueue: values.DATABASE_WRITE_QUEUE,
}));
