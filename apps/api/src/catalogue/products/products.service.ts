import { Injectable } from '@nestjs/common';
import type { CacheKey } from '#libs/cache';
import type { OriginVersions } from '#libs/coherence';
import { type BatchLoader, BatchLoaders, DatabaseLink, prepared } from '#libs/db';
import { PRODUCT_COLUMNS, type Product, type ProductValues, productNotFound, productOf } from './product.js';

const BY_IDS = prepared(`SELECT ${PRODUCT_COLUMNS} FROM products WHERE id = ANY($1)`);

@Injectable()
export class ProductsService {
  private readonly byId: BatchLoader<Product>;

  constructor(
    private readonly database: DatabaseLink,
    batches: BatchLoaders,
  ) {
    this.byId = batches.of((ids) => this.findByIds(ids));
  }

  /**
   * One product; shares its statement with those that are asked for about the same time.
   *
   * @throws ProblemError `PRODUCT_NOT_FOUND`
   */
  async get(id: string): Promise<Product> {
    const product = await this.byId.load(id);
    if (product === undefined) throw productNotFound(id);
    return product;
  }

  private async findByIds(ids: readonly string[]): Promise<Map<string, Product>> {
    const rows = await this.database.load<ProductValues>(BY_IDS, [ids]);
    return new Map(rows.map((values) => [values[0], productOf(values)]));
  }
}

const PREFIX = 'product:';

const VERSIONS_BY_IDS = 'SELECT id, version FROM products WHERE id = ANY($1)';

/** The versions of products as Postgres has them, for the consistency meter. */
@Injectable()
export class ProductVersions implements OriginVersions {
  constructor(private readonly database: DatabaseLink) {}

  async of(keys: readonly CacheKey[]): Promise<ReadonlyMap<CacheKey, number>> {
    const ids = keys.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
    if (ids.length === 0) return new Map();
    const rows = await this.database.query<{ id: string; version: string }>(VERSIONS_BY_IDS, [ids]);
    return new Map(rows.map(({ id, version }) => [`${PREFIX}${id}`, Number(version)]));
  }
}
