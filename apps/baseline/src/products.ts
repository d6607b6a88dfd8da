import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, Injectable, NotFoundException, Param, Res } from '@nestjs/common';
import { Redis } from 'ioredis';
import { Client } from 'pg';

export interface Product {
  readonly id: string;
  readonly name: string;
  readonly price: number;
  readonly stock: number;
  readonly last_updated: number;
}

/** The same for every key: what was filled together ends together. */
const TTL_SECONDS = 300;

/** A connection per request: no pool, no time-out, no breaker. */
@Injectable()
export class ProductCache {
  private readonly url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

  /** Runs one request's work on a connection of its own. */
  async connected<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.url);
    // Unheard, an 'error' event would end the process; the failure reaches the request by its command.
    redis.on('error', () => undefined);
    try {
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  }

  async get(redis: Redis, id: string): Promise<Product | undefined> {
    const text = await redis.get(`baseline:${id}`);
    return text === null ? undefined : (JSON.parse(text) as Product);
  }

  async set(redis: Redis, product: Product): Promise<void> {
    await redis.set(`baseline:${product.id}`, JSON.stringify(product), 'EX', TTL_SECONDS);
  }
}

/** What a load took in the service that collapsed, whatever Postgres' own share was. */
const LOAD_MS = 120;

const SELECT = `
  SELECT id, name, price::float8 AS price, stock, extract(epoch FROM last_updated)::float8 AS last_updated
  FROM products
  WHERE id = $1`;

/** A client per load, and a statement per load. */
@Injectable()
export class ProductsRepository {
  private readonly url = process.env['DATABASE_URL'];

  async find(id: string): Promise<Product | undefined> {
    const client = new Client({ connectionString: this.url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await pause(LOAD_MS);
      return (await client.query<Product>(SELECT, [id])).rows[0];
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

export interface Found {
  readonly product: Product;
  readonly cached: boolean;
}

/** Looks aside, and every miss loads for itself: a thousand waiters for one key are a thousand loads. */
@Injectable()
export class ProductsService {
  constructor(
    private readonly cache: ProductCache,
    private readonly products: ProductsRepository,
  ) {}

  get(id: string): Promise<Found> {
    return this.cache.connected(async (redis) => {
      const cached = await this.cache.get(redis, id);
      if (cached !== undefined) return { product: cached, cached: true };
      const product = await this.products.find(id);
      if (product === undefined) throw new NotFoundException();
      await this.cache.set(redis, product);
      return { product, cached: false };
    });
  }
}

interface Reply {
  header(name: string, value: string): void;
}

@Controller('products')
export class ProductsController {
  constructor(private readonly products: ProductsService) {}

  @Get(':id')
  async get(@Param('id') id: string, @Res({ passthrough: true }) reply: Reply): Promise<Product> {
    const { product, cached } = await this.products.get(id);
    reply.header('x-cache', cached ? 'hit' : 'miss');
    return product;
  }
}
