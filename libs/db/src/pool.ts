import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit, Optional } from '@nestjs/common';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { DatabaseConfig } from '#libs/config';
import { poolOfSource } from '#libs/internals';
import { PostgresPolicy } from '#libs/resilience/nest';
import { DatabaseEvents, type PoolUse } from './events.js';
import { PatientClient } from './patient-client.js';
import { postgresSocket, readCommitted, statementBounds } from './session.js';

/** The pool of an application, which opens and closes it: its provider is of a global module. Null if it has none. */
export const POSTGRES_POOL = Symbol('POSTGRES_POOL');

/** The data source of TypeORM over the same pool: `@InjectDataSource('hotshelf')`. */
export const DATA_SOURCE = 'hotshelf';

/**
 * The pool of a data source, or the pool itself.
 *
 * @throws TypeError for a data source that is not initialized, or is of another database
 */
export function poolOf(given: pg.Pool | DataSource): pg.Pool {
  if (!('isInitialized' in given)) return given;
  if (!given.isInitialized || given.options.type !== 'postgres')
    throw new TypeError('the data source has to be one of postgres, and initialized before it is given');
  const pool = poolOfSource(given);
  if (pool === undefined)
    throw new TypeError('the pool of the data source is not found: give the pool itself');
  return pool;
}

/** The address that a pool connects to; null if its options do not say it, or have more than fits into a URL. */
export function addressOf({ options }: pg.Pool): string | null {
  const { connectionString, host, port = 5432, user, password, database, ssl } = options;
  if (connectionString) return connectionString;
  if (!host || host.startsWith('/') || !user || !database || ssl) return null;
  if (password !== undefined && typeof password !== 'string') return null;
  const url = new URL('postgres://host');
  Object.assign(url, { hostname: host, port: String(port), username: user, password: password ?? '' });
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

/**
 * The share of its time that a statement waits for a lock, so that it ends as a wait for a lock and not as one for Postgres: a
 * session that holds a row for long says nothing about the server, and must not open the breaker for the readers.
 */
const LOCK_WAIT_SHARE = 0.75;

/** How many connections are kept open: one for each slot for loads, at most the size of the pool. */
const readyConnections = ({ loadConcurrency, poolSize }: DatabaseConfig) =>
  Math.min(loadConcurrency, poolSize);

const openPool = (config: DatabaseConfig) =>
  new pg.Pool({
    Client: PatientClient,
    connectionString: config.url,
    application_name: 'hotshelf',
    max: config.poolSize,
    connectionTimeoutMillis: config.connectTimeoutMs,
    ...statementBounds(config),
    lock_timeout: Math.floor(config.loadTimeoutMs * LOCK_WAIT_SHARE),
    keepAlive: true,
    stream: postgresSocket,
    onConnect: readCommitted,
    // Not closed though they are idle; see PoolKeeper.
    min: readyConnections(config),
  });

/** The pool that serves requests: the application's own, or else one that is opened here. */
@Injectable()
export class ServicePool {
  readonly pg: pg.Pool;
  /** How many connections are kept open; 0 for a pool of the application, which keeps as many as it likes. */
  readonly ready: number;
  /** Whether Postgres was reached at all since the start. Set here alone. */
  wasReached = false;

  /** @param given the application's own pool */
  constructor(
    config: DatabaseConfig,
    @Optional() @Inject(POSTGRES_POOL) private readonly given?: pg.Pool | null,
  ) {
    this.pg = given ?? openPool(config);
    this.ready = given ? 0 : readyConnections(config);
    // An idle connection that is lost is no news here; without a listener it ends the process.
    this.pg.on('error', () => undefined);
    this.pg.once('acquire', () => {
      this.wasReached = true;
    });
  }

  /**
   * The pool as the option `driver` of TypeORM takes it. TypeORM neither closes it, nor adds a listener at each attempt to
   * connect.
   */
  get driver(): object {
    const pool = this.pg;
    class Pool {
      connect(opened: Parameters<pg.Pool['connect']>[0]): void {
        pool.connect(opened);
      }

      on(): this {
        return this;
      }

      end(closed: () => void): void {
        closed();
      }
    }
    return { Pool };
  }

  /** Its connections, and the callers that wait for one; null before the first one. */
  get use(): PoolUse | null {
    if (!this.wasReached) return null;
    const { totalCount: total, idleCount: idle, waitingCount: waiting } = this.pg;
    return { total, idle, waiting };
  }

  /** Opens connections ahead of their use, up to this number; one that cannot be opened is skipped. */
  open(count: number): void {
    // All are requested before the first is open: a request that finds none idle opens one.
    for (let n = 0; n < count; n += 1)
      void this.pg.connect().then(
        (client) => client.release(),
        () => undefined,
      );
  }

  /** Closes it, unless it is the application's. */
  async close(): Promise<void> {
    if (!this.given) await this.pg.end();
  }
}

const EVERY_MS = 1_000;

/**
 * Emits the use of the pool from time to time, and keeps as many connections open as there are slots for loads, also
 * after some were lost. Opening one takes several round trips: to a Postgres that has become slow, longer than a reader
 * waits.
 */
@Injectable()
export class PoolKeeper implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pool: ServicePool,
    @Inject(PostgresPolicy) private readonly policy: PostgresPolicy,
    private readonly events: DatabaseEvents,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => this.look(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const { use, ready } = this.pool;
    if (use === null) return;
    this.events.emit('pool', use);
    // A Postgres that is given up on is asked by one probe, not by everybody.
    if (use.total < ready && this.policy.state === 'closed') this.pool.open(ready);
  }
}
