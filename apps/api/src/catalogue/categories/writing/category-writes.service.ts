import { Injectable } from '@nestjs/common';
import type { IdempotentRequest } from '#libs/db';
import {
  EntityWrites,
  made,
  newId,
  Precondition,
  type WritableResource,
  type WriteResult,
} from '#libs/writes';
import {
  type CategoryChange,
  type CountedCategory,
  categoryNotEmpty,
  categoryResource,
  type NewCategory,
} from '../category.js';
import { CategoryWritesRepository } from './category-writes.repository.js';

const CATEGORY: WritableResource<CountedCategory> = {
  noun: 'Category',
  resource: categoryResource,
  idOf: ({ id }) => id,
  path: '/categories',
  // It counts its products.
  isDerived: true,
};

type Result = WriteResult<CountedCategory>;

/** Changes categories: each change is one transaction, and the caches know of it when it returns. */
@Injectable()
export class CategoryWritesService {
  constructor(
    private readonly writes: EntityWrites,
    private readonly categories: CategoryWritesRepository,
    private readonly precondition: Precondition,
  ) {}

  create(input: NewCategory, attempt: IdempotentRequest | null): Promise<Result> {
    const id = input.id ?? newId('cat');
    return this.writes.once(CATEGORY, `category:${id}`, attempt, async (sql) =>
      made(CATEGORY, await this.categories.insert(sql, id, input), 201),
    );
  }

  change(id: string, change: CategoryChange, ifMatch: string | undefined): Promise<Result> {
    return this.writes.write(CATEGORY, `category:${id}`, async (sql) => {
      const category = await this.categories.lock(sql, id, 'for a change');
      this.precondition.check(CATEGORY, category, ifMatch);
      const isNothing = change.name === undefined;
      return made(CATEGORY, isNothing ? category : await this.categories.update(sql, id, change), 200);
    });
  }

  remove(id: string, ifMatch: string | undefined): Promise<Result> {
    return this.writes.write(CATEGORY, `category:${id}`, async (sql) => {
      const category = await this.categories.lock(sql, id, 'for a removal');
      this.precondition.check(CATEGORY, category, ifMatch);
      if (category.productCount > 0) throw categoryNotEmpty(id, category.productCount);
      await this.categories.delete(sql, id);
      return { kind: 'removed' };
    });
  }
}
