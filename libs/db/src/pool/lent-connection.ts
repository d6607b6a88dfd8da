import type { PoolClient, QueryArrayConfig } from 'pg';
import { isFromServer } from './connection-lost.js';
import { isForgotten, type PreparedStatement } from './prepared-statement.js';

/** A connection in somebody's hands, which finds out whether it may be handed to the next one. */
export class LentConnection {
  private broken = false;
  private forgetful = false;

  constructor(private readonly client: PoolClient) {}

  /**
   * Whether a statement on it ended without a word from Postgres: the connection was lost, or was silent for too long. What
   * was given up may still run on it then, and its answer would come to whoever uses it next.
   */
  get isBroken(): boolean {
    return this.broken;
  }

  /** Whether it should be closed rather than handed on. */
  get isSpent(): boolean {
    return this.broken || this.forgetful;
  }

  /** @throws the driver's and the server's own errors */
  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const { rows } = await this.watching(this.client.query(sql, [...parameters]));
    return rows as Row[];
  }

  /**
   * Runs a statement that only reads, prepared; once more without its name where the server does not know that any more.
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
      this.forgetful = true;
      return await this.rowsOf<Row>(query);
    }
  }

  private async rowsOf<Row>(query: QueryArrayConfig<unknown[]>): Promise<Row[]> {
    const { rows } = await this.watching(this.client.query(query));
    return rows as unknown[] as Row[];
  }

  private async watching<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      this.broken ||= !isFromServer(error);
      throw error;
    }
  }
}
