import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Client } from 'pg';
import type { Product } from './product.js';

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
