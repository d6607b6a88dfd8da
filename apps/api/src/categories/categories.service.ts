import { Injectable } from '@nestjs/common';
import { CategoriesRepository } from './categories.repository.js';
import type { CategoryList, CountedCategory } from './category.js';
import { categoryNotFound } from './category-not-found.js';

@Injectable()
export class CategoriesService {
  constructor(private readonly categories: CategoriesRepository) {}

  /** @throws ProblemError `CATEGORY_NOT_FOUND` */
  async get(id: string): Promise<CountedCategory> {
    const category = await this.categories.findById(id);
    if (category === undefined) throw categoryNotFound(id);
    return category;
  }

  async list(): Promise<CategoryList> {
    const categories = await this.categories.findAll();
    return { categories, version: Math.max(0, ...categories.map(({ version }) => version)) };
  }
}
