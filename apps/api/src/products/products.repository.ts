import { Injectable } from '@nestjs/common';
import { BatchLoader, DatabaseLink } from '#libs/db';
import type { Product } from './product.js';

/** numeric and bigint arrive as text: the driver will not lose digits on its own. */
interface ProductRow {
  readonly id: string;
  readonly name: string;
  readonly price: string;
  readonly stock: number;
  readonly last_updated: string;
  readonly version: string;
}

const SELECT_BY_IDS = `
  SELECT id, name, price, stock, extract(epoch FROM last_updated) AS last_updated, version
  FROM products
  WHERE id = ANY($1)`;

@Injectable()
export class ProductsRepository {
  private readonly byId = new BatchLoader((ids) => this.findByIds(ids));

  constructor(private readonly database: DatabaseLink) {}

  /** One product; shares its statement with those that are asked for about the same time. */
  findById(id: string): Promise<Product | undefined> {
    return this.byId.load(id);
  }

  private async findByIds(ids: readonly string[]): Promise<Map<string, Product>> {
    const rows = await this.database.query<ProductRow>(SELECT_BY_IDS, [ids]);
    return new Map(rows.map((row) => [row.id, toProduct(row)]));
  }
}

function toProduct(row: ProductRow): Product {
  return {
    id: row.id,
    name: row.name,
    price: Number(row.price),
    stock: row.stock,
    lastUpdated: Number(row.last_updated),
    version: Number(row.version),
  };
}
