import { Injectable } from '@nestjs/common';
import { type BatchLoader, BatchLoaders, DatabaseLink, prepared } from '#libs/db';
import type { Product } from './product.js';
import { PRODUCT_COLUMNS, type ProductValues, productOf } from './product-row.js';

const BY_IDS = prepared(`SELECT ${PRODUCT_COLUMNS} FROM products WHERE id = ANY($1)`);

@Injectable()
export class ProductsRepository {
  private readonly byId: BatchLoader<Product>;

  constructor(
    private readonly database: DatabaseLink,
    batches: BatchLoaders,
  ) {
    this.byId = batches.of((ids) => this.findByIds(ids));
  }

  /** One product; shares its statement with those that are asked for about the same time. */
  findById(id: string): Promise<Product | undefined> {
    return this.byId.load(id);
  }

  private async findByIds(ids: readonly string[]): Promise<Map<string, Product>> {
    const rows = await this.database.load<ProductValues>(BY_IDS, [ids]);
    return new Map(rows.map((values) => [values[0], productOf(values)]));
  }
}
