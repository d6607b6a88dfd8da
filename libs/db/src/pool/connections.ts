import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { LentConnection } from './lent-connection.js';
import type { PreparedStatement } from './prepared-statement.js';

/**
 * The pool's connections, and which of them may be used. A peer that vanished says no goodbye: each of its connections
 * looks alive and costs whoever takes it a timeout. So one that fell silent makes all suspect that are as old: they are
 * closed when their turn comes, and new ones are made.
 */
@Injectable()
export class Connections {
  private readonly openedAtMs = new WeakMap<pg.PoolClient, number>();
  private suspectUntilMs = Number.NEGATIVE_INFINITY;
  private watched: pg.Pool | undefined;

  constructor(private readonly dataSource: DataSource) {}

  /** Whether Postgres was reached at all since the start. */
  get areThere(): boolean {
    return this.dataSource.isInitialized;
  }

  /** What stands in a queue for a connection, and how many connections there are; null before the first one. */
  get use(): { readonly total: number; readonly idle: number; readonly waiting: number } | null {
    if (!this.areThere) return null;
    const { totalCount: total, idleCount: idle, waitingCount: waiting } = this.pool();
    return { total, idle, waiting };
  }

  /**
   * Runs one statement.
   *
   * @param signal where it has aborted before there was a connection, the statement is not sent any more
   * @throws the driver's and the server's own errors
   */
  query<Row>(sql: string, parameters: readonly unknown[], signal?: AbortSignal): Promise<Row[]> {
    return this.lendUnless(signal, (connection) => connection.query<Row>(sql, parameters));
  }

  /** The same for a statement that is sent over and over; see LentConnection. */
  load<Row extends readonly unknown[]>(
    statement: PreparedStatement,
    parameters: readonly unknown[],
    signal?: AbortSignal,
  ): Promise<Row[]> {
    return this.lendUnless(signal, (connection) => connection.load<Row>(statement, parameters));
  }

  /**
   * Lends a connection for a piece of work. One on which a statement was given up is closed after it, never handed on.
   *
   * @throws what `work` throws; the driver's own error where there is no connection to be had
   */
  async lend<T>(work: (connection: LentConnection) => Promise<T>): Promise<T> {
    const client = await this.take();
    const lent = new LentConnection(client);
    try {
      return await work(lent);
    } finally {
      if (lent.isBroken) this.suspectUntilMs = performance.now();
      client.release(lent.isSpent);
    }
  }

  /** Opens connections ahead of their use, as many as are missing to so many; one that can not be had is let be. */
  open(count: number): void {
    const pool = this.pool();
    // All are asked for before the first is there: whoever finds none idle opens one.
    for (let n = 0; n < count; n += 1)
      void pool.connect().then(
        (client) => client.release(),
        () => undefined,
      );
  }

  private lendUnless<T>(signal: AbortSignal | undefined, work: (connection: LentConnection) => Promise<T>) {
    return this.lend((connection) => {
      signal?.throwIfAborted();
      return work(connection);
    });
  }

  private async take(): Promise<pg.PoolClient> {
    const pool = this.pool();
    for (;;) {
      const client = await pool.connect();
      if (!this.openedAtMs.has(client)) this.meet(client, 0);
      if ((this.openedAtMs.get(client) ?? 0) > this.suspectUntilMs) return client;
      client.release(true);
    }
  }

  private meet(client: pg.PoolClient, openedAtMs: number): void {
    this.openedAtMs.set(client, openedAtMs);
    // The pool listens to those that are idle. Of one that is in use, a loss between two statements would end the process.
    client.on('error', () => undefined);
  }

  private pool(): pg.Pool {
    const { master } = this.dataSource.driver as PostgresDriver;
    const pool: pg.Pool = master;
    if (pool !== this.watched) {
      this.watched = pool;
      pool.on('connect', (client) => this.meet(client, performance.now()));
    }
    return pool;
  }
}
