import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { DatabaseEvents } from './events.js';
import type { PreparedStatement } from './lent-connection.js';
import { LentConnection } from './lent-connection.js';
import { ASK_ROLE, type RoleRow, roleOf } from './sign-of-life.js';

/**
 * The pool's connections, and which of them may be used. A peer that vanished says no goodbye: each of its connections
 * looks alive and costs its user a timeout. So after one fell silent, all that are as old are suspect: they are
 * closed when their turn comes, and new ones are made.
 */
@Injectable()
export class Connections {
  private readonly openedAtMs = new WeakMap<pg.PoolClient, number>();
  private suspectUntilMs = Number.NEGATIVE_INFINITY;
  private watched: pg.Pool | undefined;
  private whenRefused: (() => void) | undefined;
  private readOnly = false;

  /** @param events notified of every statement that is answered */
  constructor(
    private readonly dataSource: DataSource,
    private readonly events: DatabaseEvents = new DatabaseEvents(),
  ) {}

  /** Whether Postgres was reached at all since the start. */
  get areThere(): boolean {
    return this.dataSource.isInitialized;
  }

  /** Whether the server that the address leads to takes no changes, as far as is known; see Primary. */
  get isReadOnly(): boolean {
    return this.readOnly;
  }

  /** @param listener called when Postgres has refused a change since it is read-only */
  onRefused(listener: () => void): void {
    this.whenRefused = listener;
  }

  /** The address leads to a server that takes no changes. Its connections still serve reads. */
  turnedReadOnly(): void {
    this.readOnly = true;
  }

  /** The address leads to a server that takes changes: no connection that was opened before is used again. */
  turnedWritable(): void {
    this.readOnly = false;
    this.suspectUntilMs = performance.now();
    // The idle ones are replaced now: they would count as ready, and stay with the other server until their turn comes.
    for (let n = this.pool().idleCount; n > 0; n -= 1) void this.lend(async () => {}).catch(() => undefined);
  }

  /** Asks every idle connection. @returns whether one of them, or a busy one if none is idle, takes no changes */
  async anyIsReadOnly(): Promise<boolean> {
    const asked = Array.from({ length: Math.max(1, this.pool().idleCount) }, () =>
      this.query<RoleRow>(ASK_ROLE, []),
    );
    const answers = await Promise.allSettled(asked);
    return answers.some((answer) => answer.status === 'fulfilled' && roleOf(answer.value) === 'read-only');
  }

  /** The callers that wait for a connection, and the number of connections; null before the first one. */
  get use(): { readonly total: number; readonly idle: number; readonly waiting: number } | null {
    if (!this.areThere) return null;
    const { totalCount: total, idleCount: idle, waitingCount: waiting } = this.pool();
    return { total, idle, waiting };
  }

  /**
   * Runs one statement.
   *
   * @param signal if it has aborted before there was a connection, the statement is not sent
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
   * @throws what `work` throws; the driver's own error if there is no connection
   */
  async lend<T>(work: (connection: LentConnection) => Promise<T>): Promise<T> {
    const client = await this.take();
    const lent = new LentConnection(client, this.events);
    try {
      return await work(lent);
    } finally {
      // guard(silent-connection-makes-others-suspect): drop
      if (lent.isBroken) this.suspectUntilMs = performance.now();
      client.release(lent.isSpent);
      if (lent.isRefused) this.whenRefused?.();
    }
  }

  /** Opens connections ahead of their use, up to this number; one that cannot be opened is skipped. */
  open(count: number): void {
    const pool = this.pool();
    // All are requested before the first is open: a request that finds none idle opens one.
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
    // guard(lost-connection-ends-no-process): drop
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
