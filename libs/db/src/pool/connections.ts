import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { isFromServer } from './connection-lost.js';

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

  /** What stands in a queue for a connection, and how many connections there are; null before the first one. */
  get use(): { readonly total: number; readonly idle: number; readonly waiting: number } | null {
    if (!this.dataSource.isInitialized) return null;
    const { totalCount: total, idleCount: idle, waitingCount: waiting } = this.pool();
    return { total, idle, waiting };
  }

  /**
   * Runs one statement.
   *
   * @param signal where it has aborted before there was a connection, the statement is not sent any more
   * @throws the driver's and the server's own errors
   */
  async query<Row>(sql: string, parameters: readonly unknown[], signal?: AbortSignal): Promise<Row[]> {
    const client = await this.take();
    let broken = false;
    try {
      signal?.throwIfAborted();
      const { rows } = await client.query(sql, [...parameters]);
      return rows as Row[];
    } catch (error) {
      broken = error !== signal?.reason && !isFromServer(error);
      if (broken) this.suspectUntilMs = performance.now();
      throw error;
    } finally {
      client.release(broken);
    }
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
