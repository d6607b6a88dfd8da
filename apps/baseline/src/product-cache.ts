import { Injectable } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { Product } from './product.js';

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
