import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { DatabaseEvents } from './events.js';
import type { PreparedStatement } from './lent-connection.js';
import { LentConnection } from './lent-connection.js';
import { ServicePool } from './pool.js';
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
  private whenRefused: (() => void) | undefined;
  private readOnly = false;

  /** @param events notified of every statement that is answered */
  constructor(
    private readonly pool: ServicePool,
    private readonly events: DatabaseEvents = new DatabaseEvents(),
  ) {
    pool.pg.on('connect', (client) => this.meet(client, performance.now()));
  }

  /** Whether Postgres was reached at all since the start. */
  get areThere(): boolean {
    return this.pool.wasReached;
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
    for (let n = this.pool.pg.idleCount; n > 0; n -= 1) void this.lend(async () => {}).catch(() => undefined);
  }

  /** Asks every idle connection. @returns whether one of them, or a busy one if none is idle, takes no changes */
  async anyIsReadOnly(): Promise<boolean> {
    const asked = Array.from({ length: Math.max(1, this.pool.pg.idleCount) }, () =>
      this.query<RoleRow>(ASK_ROLE, []),
    );
    const answers = await Promise.allSettled(asked);
    return answers.some((answer) => answer.status === 'fulfilled' && roleOf(answer.value) === 'read-only');
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

  /** Closes them, unless they are the application's. */
  close(): Promise<void> {
    return this.pool.close();
  }

  private lendUnless<T>(signal: AbortSignal | undefined, work: (connection: LentConnection) => Promise<T>) {
    return this.lend((connection) => {
      signal?.throwIfAborted();
      return work(connection);
    });
  }

  private async take(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await this.pool.pg.connect();
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
}
