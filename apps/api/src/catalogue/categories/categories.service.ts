import { Injectable } from '@nestjs/common';
import { type BatchLoader, BatchLoaders, DatabaseLink, prepared } from '#libs/db';
import {
  CATEGORY_COLUMNS,
  type CategoryList,
  type CategoryRow,
  COUNTED_COLUMNS,
  type CountedCategory,
  categoryNotFound,
  toCategory,
  toCountedCategory,
} from './category.js';

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
export class CategoriesService {
  private readonly byId: BatchLoader<CountedCategory>;

  constructor(
    private readonly database: DatabaseLink,
    batches: BatchLoaders,
  ) {
    this.byId = batches.of((ids) => this.findByIds(ids));
  }

  /** @throws ProblemError `CATEGORY_NOT_FOUND` */
  async get(id: string): Promise<CountedCategory> {
    const category = await this.byId.load(id);
    if (category === undefined) throw categoryNotFound(id);
    return category;
  }

  async list(): Promise<CategoryList> {
    const rows = await this.database.query<CategoryRow>(SELECT_ALL);
    const categories = rows.map(toCategory);
    return { categories, version: Math.max(0, ...categories.map(({ version }) => version)) };
  }

  private async findByIds(ids: readonly string[]): Promise<Map<string, CountedCategory>> {
    const rows = await this.database.load<CountedValues>(BY_IDS, [ids]);
    return new Map(rows.map((values) => [values[0], countedOf(values)]));
  }
}

function countedOf([id, name, last_updated, version, product_count]: CountedValues): CountedCategory {
  return toCountedCategory({ id, name, last_updated, version, product_count });
}
