import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { untilUsesRedis } from '../../support/uses-redis.ts';
import { asWriter } from '../../support/writer-key.ts';
import type { SellOutOptions } from '../flags/sellout-flags.ts';
import { Histogram } from '../load/histogram.ts';

const PRODUCT = 'prod-1';
/** How often the stock is raised, and by how much: less than the buyers take meanwhile. */
const RESTOCK_EVERY_MS = 250;
const RESTOCK_BY = 3;
/** How long a buyer or a reader waits after a 503. */
const RETRY_AFTER_MS = 50;
const TICK_MS = 2;

export interface SellOutResult {
  /** Of the reads, from the moment each was due, in microseconds. */
  readonly reads: Histogram;
  /** The same until an answer other than 503, for readers who ask again. */
  readonly readsWithRetries: Histogram;
  /** How many answers of each status the readers got; 0 for no answer. */
  readonly reading: ReadonlyMap<number, number>;
  readonly buying: ReadonlyMap<number, number>;
  readonly changes: number;
}

/** Sells one product out over two processes of the service while it is read. */
export async function sellOut({ buyers, readsPerSecond, seconds }: SellOutOptions): Promise<SellOutResult> {
  const [catalogue, redis] = await Promise.all([createCatalogue(100), startRedisServer()]);
  const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url };
  const apis = await Promise.all([startApi(settings), startApi(settings)]);
  const ending = new AbortController();
  try {
    await Promise.all(apis.map(untilUsesRedis));
    const agent = new Agent({ keepAlive: true, maxSockets: 1_000 });
    const sale = new Sale(apis, agent, ending.signal);
    const all = [
      sale.restock(catalogue),
      sale.read(readsPerSecond),
      ...Array.from({ length: buyers }, (_, n) => sale.buy(n)),
    ];
    await pause(seconds * 1_000);
    ending.abort();
    await Promise.all(all);
    agent.destroy();
    return sale;
  } finally {
    ending.abort();
    await Promise.all(apis.map((api) => api.stop()));
    await redis.stop();
    await catalogue.drop();
  }
}

class Sale implements SellOutResult {
  readonly reads = new Histogram();
  readonly readsWithRetries = new Histogram();
  readonly reading = new Map<number, number>();
  readonly buying = new Map<number, number>();
  changes = 0;
  private readonly apis: readonly Api[];
  private readonly agent: Agent;
  private readonly ending: AbortSignal;

  constructor(apis: readonly Api[], agent: Agent, ending: AbortSignal) {
    this.apis = apis;
    this.agent = agent;
    this.ending = ending;
  }

  /** Changes the stock as another program on the database does. */
  async restock(catalogue: Catalogue): Promise<void> {
    while (!this.ending.aborted) {
      await catalogue.sql(`UPDATE products SET stock = stock + ${RESTOCK_BY} WHERE id = '${PRODUCT}'`);
      this.changes += 1;
      await pause(RESTOCK_EVERY_MS);
    }
  }

  async buy(n: number): Promise<void> {
    while (!this.ending.aborted) {
      const status = await this.ask(n, 'POST', `/products/${PRODUCT}/stock`, '{"delta":-1}');
      count(this.buying, status);
      if (status === 503) await pause(RETRY_AFTER_MS);
    }
  }

  /** By the clock, whether answers come or not: a reader who waits for one before the next would spare a slow service. */
  async read(perSecond: number): Promise<void> {
    const startedAtMs = performance.now();
    const underWay: Promise<void>[] = [];
    for (let n = 0; !this.ending.aborted; await pause(TICK_MS)) {
      const dueMs = () => startedAtMs + (n * 1_000) / perSecond;
      for (; dueMs() <= performance.now(); n += 1) underWay.push(this.readOnce(n, dueMs()));
    }
    await Promise.all(underWay);
  }

  private async readOnce(n: number, dueMs: number): Promise<void> {
    let status = await this.ask(n, 'GET', `/products/${PRODUCT}`);
    this.reads.record((performance.now() - dueMs) * 1_000);
    count(this.reading, status);
    while (status === 503 && !this.ending.aborted) {
      await pause(RETRY_AFTER_MS);
      status = await this.ask(n, 'GET', `/products/${PRODUCT}`);
    }
    this.readsWithRetries.record((performance.now() - dueMs) * 1_000);
  }

  private ask(n: number, method: string, path: string, body = ''): Promise<number> {
    const { agent } = this;
    const headers = body === '' ? {} : { ...asWriter, 'content-type': 'application/json' };
    return new Promise((resolve) => {
      request(`${this.apis[n % this.apis.length]?.url}${path}`, { agent, method, headers }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      })
        .on('error', () => resolve(0))
        .end(body);
    });
  }
}

function count(statuses: Map<number, number>, status: number): void {
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
}
