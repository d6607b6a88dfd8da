import { Injectable } from '@nestjs/common';
import type { Product } from './product.js';
import { productNotFound } from './product-not-found.js';
import { ProductsRepository } from './products.repository.js';

@Injectable()
export class ProductsService {
  constructor(private readonly products: ProductsRepository) {}

  /** @throws ProblemError `PRODUCT_NOT_FOUND` */
  async get(id: string): Promise<Product> {
    const product = await this.products.findById(id);
    if (product === undefined) throw productNotFound(id);
    return product;
  }
}
