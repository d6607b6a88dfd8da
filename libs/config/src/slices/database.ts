import { durationMs } from '../values/duration.js';
import { onOff } from '../values/on-off.js';
import { serverUrl } from '../values/server-url.js';
import { wholeNumber } from '../values/whole-number.js';
import { type ValuesOf, variable } from '../variable.js';

export const databaseVariables = {
  DATABASE_URL: variable({
    schema: serverUrl('postgres', 'postgresql'),
    rule: 'a URL postgres://user:password@host:port/database',
    fallback: null,
    about: 'The Postgres that holds the catalogue. Required; `npm start` brings one up where it is absent.',
    secret: true,
  }),
  DATABASE_POOL_SIZE: variable({
    schema: wholeNumber(1, 500),
    rule: 'a whole number from 1 to 500',
    fallback: '10',
    about: 'Connections to Postgres, at most, a process.',
  }),
  DATABASE_CONNECT_TIMEOUT: variable({
    schema: durationMs(100, 60_000),
    rule: 'a duration from 100ms to 1m',
    fallback: '2s',
    about: 'How long opening a connection to Postgres, or waiting for a free one, may take.',
  }),
  DATABASE_LOAD_TIMEOUT: variable({
    schema: durationMs(10, 60_000),
    rule: 'a duration from 10ms to 1m',
    fallback: '2s',
    about: 'How long a load from Postgres may take before it is cancelled.',
  }),
  DATABASE_LOAD_CONCURRENCY: variable({
    schema: wholeNumber(1, 500),
    rule: 'a whole number from 1 to 500',
    fallback: '4',
    about: 'Statements that a process runs at once, whatever the traffic: the bulkhead in front of Postgres.',
  }),
  DATABASE_LOAD_QUEUE: variable({
    schema: wholeNumber(0, 100_000),
    rule: 'a whole number from 0 to 100000',
    fallback: '200',
    about: 'Statements that may wait for a place in the bulkhead; what comes on top is refused at once.',
  }),
  DATABASE_PREPARED_STATEMENTS: variable({
    schema: onOff(),
    rule: 'on or off',
    fallback: 'on',
    about:
      'Whether loads are prepared, once a connection; off behind a pooler that changes sessions between transactions and does not keep track of them.',
  }),
  DATABASE_WRITE_CONCURRENCY: variable({
    schema: wholeNumber(1, 500),
    rule: 'a whole number from 1 to 500',
    fallback: '4',
    about: 'Writes that a process makes at once, beside its loads: neither takes the places of the other.',
  }),
  DATABASE_WRITE_QUEUE: variable({
    schema: wholeNumber(0, 100_000),
    rule: 'a whole number from 0 to 100000',
    fallback: '2000',
    about: 'Writes that may wait for their turn; what comes on top is refused at once.',
  }),
};

/** The source of truth. */
export abstract class DatabaseConfig {
  abstract readonly url: string;
  abstract readonly poolSize: number;
  abstract readonly connectTimeoutMs: number;
  abstract readonly loadTimeoutMs: number;
  /**
   * How long a missed key gathers others while all places are taken, and as long again its batch may wait for a place. Both
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

export function databaseConfig(values: ValuesOf<typeof databaseVariables>): DatabaseConfig {
  return {
    url: values.DATABASE_URL,
    poolSize: values.DATABASE_POOL_SIZE,
    connectTimeoutMs: values.DATABASE_CONNECT_TIMEOUT,
    loadTimeoutMs: values.DATABASE_LOAD_TIMEOUT,
    loadWaitMs: values.DATABASE_LOAD_TIMEOUT / 8,
    loadConcurrency: values.DATABASE_LOAD_CONCURRENCY,
    loadQueue: values.DATABASE_LOAD_QUEUE,
    preparedStatements: values.DATABASE_PREPARED_STATEMENTS,
    writeConcurrency: values.DATABASE_WRITE_CONCURRENCY,
    writeQueue: values.DATABASE_WRITE_QUEUE,
  };
}
