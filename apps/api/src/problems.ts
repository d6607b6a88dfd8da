import { type ProblemDefinition, registerProblems } from '#libs/errors';

/** The problems of the catalogue. docs/errors.md has a section for each. */
const CATALOGUE_PROBLEMS = {
  PRODUCT_NOT_FOUND: { status: 404, slug: 'product-not-found', title: 'Product not found' },
  CATEGORY_NOT_FOUND: { status: 404, slug: 'category-not-found', title: 'Category not found' },
  PRODUCT_EXISTS: { status: 409, slug: 'product-exists', title: 'A product with this id already exists' },
  CATEGORY_EXISTS: { status: 409, slug: 'category-exists', title: 'A category with this id already exists' },
  CATEGORY_NOT_EMPTY: { status: 409, slug: 'category-not-empty', title: 'The category has products' },
  STOCK_INSUFFICIENT: { status: 409, slug: 'stock-insufficient', title: 'Insufficient stock' },
  STOCK_LIMIT: { status: 409, slug: 'stock-limit', title: 'Stock limit exceeded' },
} as const satisfies Record<string, ProblemDefinition>;

type CatalogueProblems = typeof CATALOGUE_PROBLEMS;

declare global {
  interface ApplicationProblems extends CatalogueProblems {}
}

registerProblems(CATALOGUE_PROBLEMS);
