import { Injectable, NotFoundException } from '@nestjs/common';
import type { Product } from './product.js';
import { ProductCache } from './product-cache.js';
import { ProductsRepository } from './products.repository.js';

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
