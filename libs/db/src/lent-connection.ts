import { hash } from 'node:crypto';
import type { PoolClient, QueryArrayConfig } from 'pg';
import { isReadOnlyRefusal, sqlStateOf } from '#libs/resilience';
import { type Span, spanned } from '#libs/tracing';
import type { DatabaseEvents } from './events.js';
import { isFromServer } from './postgres-socket.js';

/** A statement that is sent over and over: each connection plans it once, under its name. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/**
 * Its name follows from its text: behind a pooler a session may have been prepared by another release of the service, and a
 * name that means another text there would give another statement's rows.
 */
export function prepared(text: string): PreparedStatement {
  return { name: hash('sha256', text, 'base64url').slice(0, 22), text };
}

/**
 * SQLSTATEs (PostgreSQL, appendix A) that say that the server's side of a connection does not know a statement as the
 * driver does: 26000 and 42P05 behind a pooler that changes sessions between transactions, 0A000 after a migration that
 * changed the type of a column.
 */
const FORGOTTEN = new Set(['26000', '42P05', '0A000']);

export function isForgotten(error: unknown): boolean {
  return FORGOTTEN.has(sqlStateOf(error) ?? '');
}

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
