import { Agent, request } from 'node:http';
import { until } from '../support/until.ts';
import { asWriter } from '../support/writer-key.ts';

const TICK_MS = 20;
const ORDINARY_PER_SECOND = 150;
const RUSH_PER_SECOND = 600;
/** Of so many requests one is a sale. */
const READS_PER_SALE = 60;
/** A rush of some seconds in each half minute. */
const PERIOD_SECONDS = 30;
const RUSH_SECONDS = 9;

/** Visitors of a shop: most look at few products, some buy, and now and then many come at once. */
export class Visitors {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });
  private readonly url: string;
  private readonly products: number;
  private timer: NodeJS.Timeout | undefined;
  private due = 0;
  private sent = 0;
  private underWay = 0;

  constructor(url: string, products: number) {
    this.url = url;
    this.products = products;
  }

  come(): void {
    const startedAtMs = performance.now();
    this.timer = setInterval(() => {
      const second = ((performance.now() - startedAtMs) / 1_000) % PERIOD_SECONDS;
      const isRush = second > PERIOD_SECONDS - RUSH_SECONDS;
      this.due += ((isRush ? RUSH_PER_SECOND : ORDINARY_PER_SECOND) * TICK_MS) / 1_000;
      while (this.sent < this.due) this.send();
    }, TICK_MS);
  }

  async leave(): Promise<void> {
    clearInterval(this.timer);
    await until('all visitors are answered', () => this.underWay === 0);
    this.agent.destroy();
  }

  private send(): void {
    this.sent += 1;
    this.underWay += 1;
    // The tenth power of an even spread: half of all requests are for one product in a thousand.
    const product = `/products/prod-${Math.floor(this.products * Math.random() ** 10)}`;
    const isSale = this.sent % READS_PER_SALE === 0;
    const options = isSale
      ? { method: 'POST', headers: { ...asWriter, 'content-type': 'application/json' } }
      : { method: 'GET' };
    request(`${this.url}${product}${isSale ? '/stock' : ''}`, { agent: this.agent, ...options }, (response) =>
      response.resume(),
    )
      .on('error', () => undefined)
      .on('close', () => {
        this.underWay -= 1;
      })
      .end(isSale ? '{"delta":1}' : undefined);
  }
}
