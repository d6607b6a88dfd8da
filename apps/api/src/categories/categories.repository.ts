import { Injectable } from '@nestjs/common';
import { type BatchLoader, BatchLoaders, DatabaseLink, prepared } from '#libs/db';
import type { Category, CountedCategory } from './category.js';

interface CategoryRow {
  readonly id: string;
  readonly name: string;
  readonly last_updated: string;
  readonly version: string;
}

type CountedValues = readonly [
  id: string,
  name: string,
  lastUpdated: string,
  version: string,
  productCount: string,
];

const COLUMNS = 'id, name, extract(epoch FROM last_updated) AS last_updated, version';

const SELECT_ALL = `SELECT ${COLUMNS} FROM categories ORDER BY id`;

const BY_IDS = prepared(`
  SELECT ${COLUMNS}, (SELECT count(*) FROM products WHERE category_id = categories.id) AS product_count
  FROM categories
  WHERE id = ANY($1)`);

@Injectable()
export class CategoriesRepository {
  private readonly byId: BatchLoader<CountedCategory>;

  constructor(
    private readonly database: DatabaseLink,
    batches: BatchLoaders,
  ) {
    this.byId = batches.of((ids) => this.findByIds(ids));
  }

  findById(id: string): Promise<CountedCategory | undefined> {
    return this.byId.load(id);
  }

  async findAll(): Promise<Category[]> {
    const rows = await this.database.query<CategoryRow>(SELECT_ALL);
    return rows.map(toCategory);
  }

  private async findByIds(ids: readonly string[]): Promise<Map<string, CountedCategory>> {
    const rows = await this.database.load<CountedValues>(BY_IDS, [ids]);
    return new Map(rows.map((values) => [values[0], countedOf(values)]));
  }
}

function countedOf([id, name, last_updated, version, productCount]: CountedValues): CountedCategory {
  return { ...toCategory({ id, name, last_updated, version }), productCount: Number(productCount) };
}

function toCategory(row: CategoryRow): Category {
  return {
    id: row.id,
    name: row.name,
    lastUpdated: Number(row.last_updated),
    version: Number(row.version),
  };
}
