import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { PoolClient, QueryArrayConfig } from 'pg';
import { isReadOnlyRefusal } from '#libs/resilience';
import { type Span, spanned } from '#libs/tracing';
import { DatabaseEvents } from './events.js';
import { ServicePool } from './pool.js';
import {
  ASK_ROLE,
  isForgotten,
  isFromServer,
  type PreparedStatement,
  type RoleRow,
  roleOf,
} from './session.js';

/** A connection in somebody's hands, which finds out whether it may be handed to the next one. */
export class LentConnection {
  private broken = false;
  private spent = false;
  private refused = false;

  /** @param events notified of every statement that is answered */
  constructor(
    private readonly client: PoolClient,
    private readonly events: DatabaseEvents,
  ) {}

  /**
   * Whether a statement on it ended without an answer from Postgres: the connection was lost, or was silent for too
   * long. The statement may still run then, and its answer would reach the next user of the connection.
   */
  get isBroken(): boolean {
    return this.broken;
  }

  /** Whether Postgres refused a change on it: it may lead to a server that is no longer the primary. */
  get isRefused(): boolean {
    return this.refused;
  }

  /** Whether it should be closed rather than handed on. */
  get isSpent(): boolean {
    return this.broken || this.spent;
  }

  /** Marks it as one to be closed after use, though Postgres still answers on it. */
  spend(): void {
    this.spent = true;
  }

  /** @throws the driver's and the server's own errors */
  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const { rows } = await this.watching(sql, () => this.client.query(sql, [...parameters]));
    this.events.emit('statement', 'other', rows.length);
    return rows as Row[];
  }

  /**
   * Runs a statement, prepared; once more without its name if the server does not know that any more, in which case it did
   * not carry the statement out.
   *
   * @returns each row as the list of its values, in the order of its columns
   * @throws the driver's and the server's own errors
   */
  async load<Row extends readonly unknown[]>(
    { name, text }: PreparedStatement,
    parameters: readonly unknown[],
  ): Promise<Row[]> {
    const query: QueryArrayConfig<unknown[]> = { text, values: [...parameters], rowMode: 'array' };
    try {
      return await this.rowsOf<Row>({ ...query, name });
    } catch (error) {
      if (!isForgotten(error)) throw error;
      this.spend();
      return await this.rowsOf<Row>(query);
    }
  }

  private async rowsOf<Row>(query: QueryArrayConfig<unknown[]>): Promise<Row[]> {
    const { rows } = await this.watching(query.text, () => this.client.query(query));
    this.events.emit('statement', 'load', rows.length);
    return rows as unknown[] as Row[];
  }

  private async watching<T extends { readonly rows: readonly unknown[] }>(
    text: string,
    send: () => Promise<T>,
  ): Promise<T> {
    try {
      return await spanned(
        () => statementSpan(text),
        (span) => (span === undefined ? send() : send().then(rowsIn(span))),
      );
    } catch (error) {
      this.broken ||= !isFromServer(error);
      this.refused ||= isReadOnlyRefusal(error);
      throw error;
    }
  }
}

const OPERATION = /\b(?:SELECT|INSERT|UPDATE|DELETE)\b/i;

/** A statement in traces: what it does, and none of its values. */
function statementSpan(text: string) {
  const operation = (OPERATION.exec(text)?.[0] ?? text.trim().split(/\W/, 1)[0] ?? '').toUpperCase();
  return {
    name: `postgres ${operation}`,
    kind: 'client',
    attributes: { 'db.system.name': 'postgresql', 'db.operation.name': operation },
  } as const;
}

function rowsIn<T extends { readonly rows: readonly unknown[] }>(span: Span): (answer: T) => T {
  return (answer) => {
    span.setAttribute('db.response.returned_rows', answer.rows.length);
    return answer;
  };
}

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
