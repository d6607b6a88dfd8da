import pg from 'pg';

type Answer = pg.QueryResult<pg.QueryResultRow>;
type Callback = (error: Error | null, answer?: Answer) => void;

/**
 * The driver's client, with a callback and a timer of its own for each statement.
 *
 * The driver assigns a callback to the query once that is made, for its promise as for its option `query_timeout`, and V8 allocates
 * a function literal that is assigned to a property among the old objects (see ScriptCommand in libs/redis). The rows of such a query
 * live for a millisecond, and lie there until the whole heap is collected. A query that is made with its callback has none.
 */
export class PatientClient extends pg.Client {
  /** After so long without an answer a statement is given up, in milliseconds; 0: never. */
  private readonly patienceMs: number;

  /** @param config as the driver's; `query_timeout` bounds each statement, and its connection is of no use after that */
  constructor({ query_timeout: patienceMs = 0, ...config }: pg.ClientConfig = {}) {
    super(config);
    this.patienceMs = Number(patienceMs);
  }

  /**
   * The driver's own overloads: a text or a configuration, perhaps values, perhaps a callback.
   *
   * @throws Error `Query read timeout`; the driver's and the server's own errors
   */
  override query(...given: unknown[]): never {
    const [what, ...others] = given;
    // A query of the caller's own class, such as a cursor.
    if (typeof what === 'object' && what !== null && 'submit' in what)
      return super.query(...(given as [never])) as never;
    const values = others.find((other) => Array.isArray(other));
    const query = typeof what === 'string' ? { text: what } : (what as pg.QueryConfig);
    const answer = this.send(values === undefined ? query : { ...query, values });
    const callback = others.find((other): other is Callback => typeof other === 'function');
    if (callback === undefined) return answer as never;
    answer.then((result) => callback(null, result), callback);
    return undefined as never;
  }

  private send(query: pg.QueryConfig): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(new Error('Query read timeout'));
      const timer = this.patienceMs > 0 ? setTimeout(giveUp, this.patienceMs) : undefined;
      void super.query(query, (error, answer) => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve(answer);
      });
    });
  }
}
