import { EventEmitter } from 'node:events';

/** How full the pool of connections is. */
export interface PoolUse {
  readonly total: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
}

/** What a statement is for: `load` reads rows for the cache; everything else is `other`. */
export type StatementKind = 'load' | 'other';

/** What the way to Postgres emits; metrics listen. */
export class DatabaseEvents extends EventEmitter<{
  pool: [PoolUse];
  /** A statement of the pool was answered. */
  statement: [kind: StatementKind, rows: number];
}> {}
