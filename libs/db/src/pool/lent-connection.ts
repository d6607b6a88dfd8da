import type pg from 'pg';
import { isFromServer } from './connection-lost.js';

/** A connection in somebody's hands, which finds out whether it may be handed to the next one. */
export class LentConnection {
  private broken = false;

  constructor(private readonly client: pg.PoolClient) {}

  /**
   * Whether a statement on it ended without a word from Postgres: the connection was lost, or was silent for too long. What
   * was given up may still run on it then, and its answer would come to whoever uses it next.
   */
  get isBroken(): boolean {
    return this.broken;
  }

  /** @throws the driver's and the server's own errors */
  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    try {
      const { rows } = await this.client.query(sql, [...parameters]);
      return rows as Row[];
    } catch (error) {
      this.broken ||= !isFromServer(error);
      throw error;
    }
  }
}
