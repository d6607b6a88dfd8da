/** A category as Postgres has it. */
export interface Category {
  readonly id: string;
  readonly name: string;
  /** Unix seconds with fraction. */
  readonly lastUpdated: number;
  readonly version: number;
}

export interface CountedCategory extends Category {
  readonly productCount: number;
}

/** All categories, as one answer. */
export interface CategoryList {
  readonly categories: readonly Category[];
  /** The greatest of theirs. */
  readonly version: number;
}
