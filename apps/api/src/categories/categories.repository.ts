import { Injectable } from '@nestjs/common';
import { type BatchLoader, BatchLoaders, DatabaseLink, prepared } from '#libs/db';
import type { Category, CountedCategory } from './category.js';
import {
  CATEGORY_COLUMNS,
  type CategoryRow,
  COUNTED_COLUMNS,
  toCategory,
  toCountedCategory,
} from './category-row.js';

type CountedValues = readonly [
  id: string,
  name: string,
  lastUpdated: string,
  version: string,
  productCount: string,
];

const SELECT_ALL = `SELECT ${CATEGORY_COLUMNS} FROM categories ORDER BY id`;

const BY_IDS = prepared(`SELECT ${COUNTED_COLUMNS} FROM categories WHERE id = ANY($1)`);

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

function countedOf([id, name, last_updated, version, product_count]: CountedValues): CountedCategory {
  return toCountedCategory({ id, name, last_updated, version, product_count });
}
