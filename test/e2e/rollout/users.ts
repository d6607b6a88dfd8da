import type { Catalogue } from '../../support/catalogue.ts';
import { OpenLoad, type OpenLoadReport } from '../../support/open-load.ts';
import { until } from '../../support/until.ts';
import { WRITER_KEY } from '../../support/writer-key.ts';

const READS_PER_SECOND = 150;
const CONNECTIONS = 10;
export const PRODUCTS = 200;

export interface UsersReport extends OpenLoadReport {
  /** Writes that were answered with 200, and what else came. */
  readonly written: number;
  readonly refused: readonly string[];
}

/** Readers of every product by the clock, and one who buys: each write takes one piece off the stock of a product. */
export class Users {
  private readonly url: string;
  private readonly load: OpenLoad;
  private readonly buying: Promise<void>;
  private readonly refused: string[] = [];
  private written = 0;
  private isOver = false;

  constructor(url: string) {
    this.url = url;
    const path = (n: number) => `/products/prod-${n % PRODUCTS}`;
    this.load = new OpenLoad(url, { perSecond: READS_PER_SECOND, connections: CONNECTIONS, path });
    this.buying = this.buy();
  }

  /** Waits until so many more requests were answered. */
  async some(count: number): Promise<void> {
    const from = this.load.answered;
    await until(`${count} more requests are answered`, () => this.load.answered >= from + count, 60_000);
  }

  async stop(): Promise<UsersReport> {
    this.isOver = true;
    await this.buying;
    return { ...(await this.load.stop()), written: this.written, refused: this.refused };
  }

  private async buy(): Promise<void> {
    const headers = { authorization: `Bearer ${WRITER_KEY}`, 'content-type': 'application/json' };
    for (let n = 0; !this.isOver; n += 1) {
      const id = `prod-${PRODUCTS / 2 + (n % (PRODUCTS / 2))}`;
      const body = JSON.stringify({ delta: 1 });
      const answer = await fetch(`${this.url}/products/${id}/stock`, { method: 'POST', headers, body });
      if (answer.status === 200) this.written += 1;
      else this.refused.push(`${answer.status} ${await answer.text()}`);
      await answer.arrayBuffer().catch(() => undefined);
    }
  }
}

/** Pieces of all products together. */
export async function stockOf(catalogue: Catalogue): Promise<number> {
  const [row] = await catalogue.sql<{ sum: string }>('SELECT sum(stock) FROM products');
  return Number(row?.sum);
}
