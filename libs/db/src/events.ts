import { EventEmitter } from 'node:events';

/** How full the pool of connections is. */
export interface PoolUse {
  readonly total: number;
  readonly idle: number;
  /** Who waits for a connection. */
  readonly waiting: number;
}

/** What the way to Postgres tells; metrics listen. */
export class DatabaseEvents extends EventEmitter<{ pool: [PoolUse] }> {}
